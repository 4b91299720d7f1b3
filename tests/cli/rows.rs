//! What is asked of the rows: filters, order, columns, summaries, comparisons and alarms, as whole reports and exit codes.
//! It refuses to test how an expression is read: the unit tests of `report::query` do.

use std::fs;

use crate::many::{UNAUTHORIZED, error, id, usage_path};
#[cfg(unix)]
use crate::report::in_terminal;
use crate::report::{TRAP, saved};
use crate::server::{Answer, Server};
use crate::{
    CSV_HEADER, CUSTOMER, Home, Output, Running, assert_ended, assert_failed, assert_refused, assert_report, finish,
    serve,
};

const CONTOSO: &str = "0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01";

/// What Contoso had a week ago.
const EARLIER: &str = r#"{"items":[
 {"customerName":"Contoso Ltd","productName":"OFFICE 365 ENTERPRISE E3","workloadName":"Exchange","serviceName":"o365","channel":"reseller","licensesQualified":240,"licensesActive":240.0,"usagePercent":100,"processedDateTime":"2017-03-05T00:00:00Z"},
 {"customerName":"Contoso Ltd","productName":"OFFICE 365 ENTERPRISE E3","workloadName":"SharePoint","serviceName":"o365","channel":"reseller","licensesQualified":250,"licensesActive":148,"usagePercent":59.20,"processedDateTime":"2017-03-05T00:00:00Z"},
 {"customerName":"Contoso Ltd","productName":"OFFICE 365 ENTERPRISE E3","workloadName":"Skype For Business","serviceName":"o365","channel":"reseller","licensesQualified":250,"licensesActive":187,"usagePercent":74.9,"processedDateTime":"2017-03-05T00:00:00Z"},
 {"customerName":"Contoso Ltd","productName":"EXCHANGE ONLINE (PLAN 1)","workloadName":"Exchange","serviceName":"o365","channel":"reseller","licensesQualified":40,"usagePercent":30.0,"processedDateTime":"2017-03-05T00:00:00Z"},
 {"customerName":"Contoso Ltd","productName":"DYNAMICS 365 FOR SALES","workloadName":"Microsoft Dynamics CRM","serviceName":"dynamics","channel":"reseller","licensesQualified":30,"licensesActive":9,"usagePercent":30.0,"processedDateTime":"2017-03-05T00:00:00Z"},
 {"customerName":"Contoso Ltd","productName":"POWER BI PRO","workloadName":"Power BI","serviceName":"o365","channel":"reseller","licensesQualified":12,"licensesActive":3,"usagePercent":25.0,"processedDateTime":"2017-03-04T00:00:00Z"}
]}"#;

/// Contoso in one row a product.
const SUMMARY: &str = "\
Contoso Ltd · 0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01
Data of 2017-03-12 · 3 days old

Product                   Qualified  Active  Idle  Usage
───────────────────────────────────────────────────────────────────
OFFICE 365 ENTERPRISE E3        250     231    19  92.4% █████████▎
EXCHANGE ONLINE (PLAN 1)         40      12    28  30.0% ███░░░░░░░
DYNAMICS 365 FOR SALES           30       9    21  30.0% ███░░░░░░░

68 of 320 seats idle (21 %) · most in EXCHANGE ONLINE (PLAN 1): 28 · 3 rows, 3 products
Each seat counts once: qualified in the largest workload, active in the busiest · usage calculated by pc-usage: active × 100 ÷ qualified
";

/// The same in a terminal of 60 columns.
const SUMMARY_AT_60: &str = "\
Contoso Ltd · 0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01
Data of 2017-03-12 · 3 days old

Product                  Qualified Active Idle Usage
────────────────────────────────────────────────────────────
OFFICE 365 ENTERPRISE E3       250    231   19 92.4% ██████▌
EXCHANGE ONLINE (PLAN 1)        40     12   28 30.0% ██▏░░░░
DYNAMICS 365 FOR SALES          30      9   21 30.0% ██▏░░░░

68 of 320 seats idle (21 %)
  most in EXCHANGE ONLINE (PLAN 1): 28 · 3 rows, 3 products
Each seat counts once: qualified in the largest workload,
  active in the busiest
  usage calculated by pc-usage: active × 100 ÷ qualified
";

/// The same in a terminal of 80 columns.
const SUMMARY_AT_80: &str = "\
Contoso Ltd · 0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01
Data of 2017-03-12 · 3 days old

Product                   Qualified  Active  Idle  Usage
───────────────────────────────────────────────────────────────────
OFFICE 365 ENTERPRISE E3        250     231    19  92.4% █████████▎
EXCHANGE ONLINE (PLAN 1)         40      12    28  30.0% ███░░░░░░░
DYNAMICS 365 FOR SALES           30       9    21  30.0% ███░░░░░░░

68 of 320 seats idle (21 %) · most in EXCHANGE ONLINE (PLAN 1): 28
  3 rows, 3 products
Each seat counts once: qualified in the largest workload, active in the busiest
  usage calculated by pc-usage: active × 100 ÷ qualified
";

/// The same as CSV.
const SUMMARY_CSV: &str = "\
customerId,customerName,productName,serviceName,channel,workloads,busiestWorkload,licensesQualified,licensesActive,licensesIdle,usagePercent,processedDateTime
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01,Contoso Ltd,OFFICE 365 ENTERPRISE E3,o365,reseller,4,Exchange,250,231,19,92.4,2017-03-12T00:00:00+00:00
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01,Contoso Ltd,EXCHANGE ONLINE (PLAN 1),o365,reseller,1,Exchange,40,12,28,30.0,2017-03-12T00:00:00+00:00
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01,Contoso Ltd,DYNAMICS 365 FOR SALES,dynamics,reseller,1,Microsoft Dynamics CRM,30,9,21,30.0,2017-03-12T00:00:00+00:00
";

/// The same as JSON lines.
const SUMMARY_LINES: &str = r#"{"customerId":"0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01","customerName":"Contoso Ltd","productName":"OFFICE 365 ENTERPRISE E3","serviceName":"o365","channel":"reseller","workloads":4,"busiestWorkload":"Exchange","licensesQualified":250,"licensesActive":231,"licensesIdle":19,"usagePercent":92.4,"processedDateTime":"2017-03-12T00:00:00+00:00"}
{"customerId":"0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01","customerName":"Contoso Ltd","productName":"EXCHANGE ONLINE (PLAN 1)","serviceName":"o365","channel":"reseller","workloads":1,"busiestWorkload":"Exchange","licensesQualified":40,"licensesActive":12,"licensesIdle":28,"usagePercent":30.0,"processedDateTime":"2017-03-12T00:00:00+00:00"}
{"customerId":"0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01","customerName":"Contoso Ltd","productName":"DYNAMICS 365 FOR SALES","serviceName":"dynamics","channel":"reseller","workloads":1,"busiestWorkload":"Microsoft Dynamics CRM","licensesQualified":30,"licensesActive":9,"licensesIdle":21,"usagePercent":30.0,"processedDateTime":"2017-03-12T00:00:00+00:00"}
"#;

/// Contoso compared with [`EARLIER`].
const CHANGES: &str = "\
Contoso Ltd · 0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01
Data of 2017-03-12 · 3 days old · compared with 2017-03-04 – 2017-03-05

Product                   Workload                Qualified    Active  Idle  Usage             Change
──────────────────────────────────────────────────────────────────────────────────────────────────────
OFFICE 365 ENTERPRISE E3  Exchange                250 (+10)  231 (−9)    19  92.4% █████████▎  changed
OFFICE 365 ENTERPRISE E3  SharePoint              250        148        102  59.2% █████▉░░░░  same
OFFICE 365 ENTERPRISE E3  Skype For Business      250        187         63  74.8% ███████▌░░  changed
OFFICE 365 ENTERPRISE E3  Teams                   250         96        154  38.4% ███▉░░░░░░  new
EXCHANGE ONLINE (PLAN 1)  Exchange                 40         12         28  30.0% ███░░░░░░░  changed
DYNAMICS 365 FOR SALES    Microsoft Dynamics CRM   30          9         21  30.0% ███░░░░░░░  same
POWER BI PRO              Power BI                 12          3          9  25.0% ██▌░░░░░░░  gone

68 of 320 seats idle (21 %) · most in EXCHANGE ONLINE (PLAN 1): 28 · 7 rows, 4 products · 1 new, 1 gone, 3 changed
";

/// The same in a terminal of 60 columns.
const CHANGES_AT_60: &str = "\
Contoso Ltd · 0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01
Data of 2017-03-12 · 3 days old
  compared with 2017-03-04 – 2017-03-05

Product     Workload   Qualified   Active Idle Usage Change
────────────────────────────────────────────────────────────
OFFICE 365  Exchange   250 (+10) 231 (−9)   19 92.4% changed
ENTERPRISE
E3
OFFICE 365  SharePoint 250       148       102 59.2% same
ENTERPRISE
E3
OFFICE 365  Skype For  250       187        63 74.8% changed
ENTERPRISE  Business
E3
OFFICE 365  Teams      250        96       154 38.4% new
ENTERPRISE
E3
EXCHANGE    Exchange    40        12        28 30.0% changed
ONLINE
(PLAN 1)
DYNAMICS    Microsoft   30         9        21 30.0% same
365 FOR     Dynamics
SALES       CRM
POWER BI    Power BI    12         3         9 25.0% gone
PRO

68 of 320 seats idle (21 %)
  most in EXCHANGE ONLINE (PLAN 1): 28 · 7 rows, 4 products
  1 new, 1 gone, 3 changed
";

/// The same in a terminal of 80 columns.
const CHANGES_AT_80: &str = "\
Contoso Ltd · 0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01
Data of 2017-03-12 · 3 days old · compared with 2017-03-04 – 2017-03-05

Product               Workload             Qualified   Active Idle Usage Change
────────────────────────────────────────────────────────────────────────────────
OFFICE 365 ENTERPRISE Exchange             250 (+10) 231 (−9)   19 92.4% changed
E3
OFFICE 365 ENTERPRISE SharePoint           250       148       102 59.2% same
E3
OFFICE 365 ENTERPRISE Skype For Business   250       187        63 74.8% changed
E3
OFFICE 365 ENTERPRISE Teams                250        96       154 38.4% new
E3
EXCHANGE ONLINE (PLAN Exchange              40        12        28 30.0% changed
1)
DYNAMICS 365 FOR      Microsoft Dynamics    30         9        21 30.0% same
SALES                 CRM
POWER BI PRO          Power BI              12         3         9 25.0% gone

68 of 320 seats idle (21 %) · most in EXCHANGE ONLINE (PLAN 1): 28
  7 rows, 4 products · 1 new, 1 gone, 3 changed
";

/// The columns of a comparison beside the usual ones.
const CHANGE_COLUMNS: &str = ",licensesQualifiedChange,licensesActiveChange,change\n";

/// The same as CSV, without the header.
const CHANGES_CSV: &str = "\
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01,Contoso Ltd,OFFICE 365 ENTERPRISE E3,Exchange,,o365,,reseller,250,231,19,92.4,2017-03-12T00:00:00+00:00,10,-9,changed
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01,Contoso Ltd,OFFICE 365 ENTERPRISE E3,SharePoint,,o365,,reseller,250,148,102,59.2,2017-03-12T00:00:00+00:00,0,0,same
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01,Contoso Ltd,OFFICE 365 ENTERPRISE E3,Skype For Business,,o365,,reseller,250,187,63,74.8,2017-03-12T00:00:00+00:00,0,0,changed
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01,Contoso Ltd,OFFICE 365 ENTERPRISE E3,Teams,,o365,,reseller,250,96,154,38.4,2017-03-12T00:00:00+00:00,,,new
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01,Contoso Ltd,EXCHANGE ONLINE (PLAN 1),Exchange,,o365,,reseller,40,12,28,30.0,2017-03-12T00:00:00+00:00,0,,changed
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01,Contoso Ltd,DYNAMICS 365 FOR SALES,Microsoft Dynamics CRM,,dynamics,,reseller,30,9,21,30.0,2017-03-12T00:00:00+00:00,0,0,same
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01,Contoso Ltd,POWER BI PRO,Power BI,,o365,,reseller,12,3,9,25.0,2017-03-04T00:00:00Z,,,gone
";

/// What moved of it, as JSON lines.
const CHANGES_LINES: &str = r#"{"productName":"OFFICE 365 ENTERPRISE E3","workloadName":"Exchange","licensesQualified":250,"licensesQualifiedChange":10,"licensesActive":231,"licensesActiveChange":-9,"usagePercent":92.4,"change":"changed"}
{"productName":"OFFICE 365 ENTERPRISE E3","workloadName":"Skype For Business","licensesQualified":250,"licensesQualifiedChange":0,"licensesActive":187,"licensesActiveChange":0,"usagePercent":74.8,"change":"changed"}
{"productName":"OFFICE 365 ENTERPRISE E3","workloadName":"Teams","licensesQualified":250,"licensesQualifiedChange":null,"licensesActive":96,"licensesActiveChange":null,"usagePercent":38.4,"change":"new"}
{"productName":"EXCHANGE ONLINE (PLAN 1)","workloadName":"Exchange","licensesQualified":40,"licensesQualifiedChange":0,"licensesActive":12,"licensesActiveChange":null,"usagePercent":30.0,"change":"changed"}
{"productName":"POWER BI PRO","workloadName":"Power BI","licensesQualified":12,"licensesQualifiedChange":null,"licensesActive":3,"licensesActiveChange":null,"usagePercent":25.0,"change":"gone"}
"#;

/// What lost users, coloured.
const CHANGES_COLOURED: &str = "\
\x1b[1mContoso Ltd\x1b[0m · 0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01
Data of 2017-03-12 · 3 days old · compared with 2017-03-04 – 2017-03-05

Product                   Workload  Qualified    Active  Idle  Usage             Change
────────────────────────────────────────────────────────────────────────────────────────
OFFICE 365 ENTERPRISE E3  Exchange  250 (+10)  231 (−9)    \x1b[1m19\x1b[0m  92.4% \x1b[32m█████████▎\x1b[0m  changed

19 of 250 seats idle (8 %), over all workloads · 1 of 7 rows, 1 product · 1 changed
";

/// The customers of the demo in one table.
const SORTED: &str = "\
5 customers
Data of 2017-03-09 – 2017-03-12 · 3 to 6 days old

Customer                  Product                                        Workload                Qualified  Active  Idle   Usage
───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
Contoso Ltd               DYNAMICS 365 FOR SALES                         Microsoft Dynamics CRM         30       9    21   30.0% ███░░░░░░░
Contoso Ltd               EXCHANGE ONLINE (PLAN 1)                       Exchange                       40      12    28   30.0% ███░░░░░░░
DT DEMO CSP CUSTOMER 005  EXCHANGE ONLINE (PLAN 1)                       Exchange                        5       0     5    0.0% ░░░░░░░░░░
Fabrikam, Inc.            EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE  Exchange                       62      58     4   93.5% █████████▍
DT DEMO CSP CUSTOMER 005  EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE  Exchange                        2       0     2    0.0% ░░░░░░░░░░
DT DEMO CSP CUSTOMER 005  OFFICE 365 BUSINESS ESSENTIALS                 Exchange                        1       0     1    0.0% ░░░░░░░░░░
DT DEMO CSP CUSTOMER 005  OFFICE 365 BUSINESS ESSENTIALS                 SharePoint                      1       0     1    0.0% ░░░░░░░░░░
DT DEMO CSP CUSTOMER 005  OFFICE 365 BUSINESS ESSENTIALS                 Skype For Business              1       0     1    0.0% ░░░░░░░░░░
Fabrikam, Inc.            OFFICE 365 BUSINESS PREMIUM                    Skype For Business             62      17    45   27.4% ██▊░░░░░░░
Fabrikam, Inc.            OFFICE 365 BUSINESS PREMIUM                    SharePoint                     62      41    21   66.1% ██████▋░░░
Fabrikam, Inc.            OFFICE 365 BUSINESS PREMIUM                    Exchange                       62      62     0  100.0% ██████████
Northwind Traders         OFFICE 365 ENTERPRISE E1                       SharePoint                    480     133   347   27.7% ██▊░░░░░░░
Northwind Traders         OFFICE 365 ENTERPRISE E1                       Exchange                      480     452    28   94.2% █████████▍
Contoso Ltd               OFFICE 365 ENTERPRISE E3                       Teams                         250      96   154   38.4% ███▉░░░░░░
Contoso Ltd               OFFICE 365 ENTERPRISE E3                       SharePoint                    250     148   102   59.2% █████▉░░░░
Contoso Ltd               OFFICE 365 ENTERPRISE E3                       Skype For Business            250     187    63   74.8% ███████▌░░
Contoso Ltd               OFFICE 365 ENTERPRISE E3                       Exchange                      250     231    19   92.4% █████████▎
Northwind Traders         OFFICE 365 ENTERPRISE E5                       Teams                         120      38    82   31.7% ███▏░░░░░░
Northwind Traders         OFFICE 365 ENTERPRISE E5                       Exchange                      120      51    69   42.5% ████▎░░░░░

Total
177 of 1052 seats idle (17 %) · 5 customers, 19 rows

Most idle seats by customer
  97  Northwind Traders
  68  Contoso Ltd
   8  DT DEMO CSP CUSTOMER 005
   4  Fabrikam, Inc.

Most idle seats by product
  69  OFFICE 365 ENTERPRISE E5
  33  EXCHANGE ONLINE (PLAN 1)
  28  OFFICE 365 ENTERPRISE E1
  21  DYNAMICS 365 FOR SALES
  19  OFFICE 365 ENTERPRISE E3
   6  EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE
   1  OFFICE 365 BUSINESS ESSENTIALS
";

/// Some of them as CSV, without the header.
const SORTED_CSV: &str = "\
2a8d2b8e-b7f3-4c80-8e79-5d3b4c9f6a03,Northwind Traders,OFFICE 365 ENTERPRISE E1,SharePoint,,o365,,reseller,480,133,347,27.7,2017-03-12T00:00:00+00:00
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01,Contoso Ltd,OFFICE 365 ENTERPRISE E3,Teams,,o365,,reseller,250,96,154,38.4,2017-03-12T00:00:00+00:00
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01,Contoso Ltd,OFFICE 365 ENTERPRISE E3,SharePoint,,o365,,reseller,250,148,102,59.2,2017-03-12T00:00:00+00:00
2a8d2b8e-b7f3-4c80-8e79-5d3b4c9f6a03,Northwind Traders,OFFICE 365 ENTERPRISE E5,Teams,,o365,,reseller,120,38,82,31.7,2017-03-12T00:00:00+00:00
2a8d2b8e-b7f3-4c80-8e79-5d3b4c9f6a03,Northwind Traders,OFFICE 365 ENTERPRISE E5,Exchange,,o365,,reseller,120,51,69,42.5,2017-03-12T00:00:00+00:00
0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01,Contoso Ltd,OFFICE 365 ENTERPRISE E3,Skype For Business,,o365,,reseller,250,187,63,74.8,2017-03-12T00:00:00+00:00
";

/// The sections that are left where few rows are asked for.
const SECTIONS: &str = "\
Contoso Ltd · 0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01
Data of 2017-03-12 · 3 days old

Workload  Product                   Idle  Age
─────────────────────────────────────────────
Exchange  OFFICE 365 ENTERPRISE E3    19    3

19 of 250 seats idle (8 %), over all workloads · 1 of 6 rows, 1 product

Fabrikam, Inc. · 1f7c1a7d-a6e2-4b7f-9d68-4c2a3b8e5f02
Data of 2017-03-12 · 3 days old

Workload  Product                                        Idle  Age
──────────────────────────────────────────────────────────────────
Exchange  OFFICE 365 BUSINESS PREMIUM                       0    3
Exchange  EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE     4    3

4 of 124 seats idle (3 %), over all workloads · most in EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE: 4 · 2 of 4 rows, 2 products

Northwind Traders · 2a8d2b8e-b7f3-4c80-8e79-5d3b4c9f6a03
Data of 2017-03-12 · 3 days old

Workload  Product                   Idle  Age
─────────────────────────────────────────────
Exchange  OFFICE 365 ENTERPRISE E1    28    3

28 of 480 seats idle (6 %), over all workloads · 1 of 4 rows, 1 product

Total
51 of 854 seats idle (6 %), over all workloads · 5 customers, 4 of 19 rows

Most idle seats by customer
  28  Northwind Traders
  19  Contoso Ltd
   4  Fabrikam, Inc.

Most idle seats by product
  28  OFFICE 365 ENTERPRISE E1
  19  OFFICE 365 ENTERPRISE E3
   4  EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE
";

/// All customers in one row a product.
const SUMMARIES: &str = "\
Contoso Ltd · 0e6b0f6c-95d1-4a6e-8c57-3b1f2a7d4e01
Data of 2017-03-12 · 3 days old

Product                   Qualified  Active  Idle  Usage
───────────────────────────────────────────────────────────────────
EXCHANGE ONLINE (PLAN 1)         40      12    28  30.0% ███░░░░░░░
DYNAMICS 365 FOR SALES           30       9    21  30.0% ███░░░░░░░

49 of 70 seats idle (70 %), over all workloads · most in EXCHANGE ONLINE (PLAN 1): 28 · 2 of 3 rows, 2 products

Northwind Traders · 2a8d2b8e-b7f3-4c80-8e79-5d3b4c9f6a03
Data of 2017-03-12 · 3 days old

Product                   Qualified  Active  Idle  Usage
───────────────────────────────────────────────────────────────────
OFFICE 365 ENTERPRISE E1        480     452    28  94.2% █████████▍
OFFICE 365 ENTERPRISE E5        120      51    69  42.5% ████▎░░░░░

97 of 600 seats idle (16 %) · most in OFFICE 365 ENTERPRISE E5: 69 · 2 rows, 2 products

Total
146 of 670 seats idle (22 %), over all workloads · 5 customers, 4 of 10 rows

Most idle seats by customer
  97  Northwind Traders
  49  Contoso Ltd

Most idle seats by product
  69  OFFICE 365 ENTERPRISE E5
  28  EXCHANGE ONLINE (PLAN 1)
  28  OFFICE 365 ENTERPRISE E1
  21  DYNAMICS 365 FOR SALES
Each seat counts once: qualified in the largest workload, active in the busiest · usage calculated by pc-usage: active × 100 ÷ qualified
";

/// The worst that a service could send, in one row a product.
const TRAP_SUMMARY: &str = r"株式会社 Zürich · 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
Data of 2017-03-09 – 2017-03-14 · 1 to 6 days old

Product                                                    Qualified  Active  Idle   Usage
─────────────────────────────────────────────────────────────────────────────────────────────────────
OFFICE 365 ENTERPRISE E3                                         206      99   107   48.1% ████▊░░░░░
クラウド製品 プレミアム                                           10      12     0  120.0% ██████████
\u{1b}[31mred\u{7} \u{202e}exe.doc\u{a}second\u{200b}line          –       3     –       –
=cmd|' /C calc'!A0                                                 –       –     –       –
\u{9}tab                                                           1       0     1    0.0% ░░░░░░░░░░
–                                                                  –       –     –       –

108 of 217 seats idle (50 %) · most in OFFICE 365 ENTERPRISE E3: 107 · 3 products without figures · 6 rows, 6 products
Each seat counts once: qualified in the largest workload, active in the busiest · usage calculated by pc-usage: active × 100 ÷ qualified
";

/// The same when it is gone.
const TRAP_GONE: &str = r"株式会社 Zürich · 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
Data without a date · compared with 2017-03-09 – 2017-03-14

Product                                                    Workload     Qualified  Active  Idle   Usage             Change
──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
\u{202e}                                                   –                    –       –     –       –             new
OFFICE 365 ENTERPRISE E3                                   Exchange           206      99   107   48.1% ████▊░░░░░  gone
クラウド製品 プレミアム                                    Teams 👩‍💻🚀          10      12     0  120.0% ██████████  gone
\u{1b}[31mred\u{7} \u{202e}exe.doc\u{a}second\u{200b}line  –                    –       3     –  >99.9% █████████▉  gone
=cmd|' /C calc'!A0                                         +1                   –       –     –       –             gone
\u{9}tab                                                   \u{d}return          1       0     1   <0.1% ▏░░░░░░░░░  gone
–                                                          –                    –       –     –       –             gone

idle seats unknown · 7 rows, 7 products · 1 new, 6 gone
";

/// Runs in a home with [`EARLIER`] as `earlier.json`.
fn run(args: &[&str]) -> Output {
    let home = Home::new();
    fs::write(home.path().join("earlier.json"), EARLIER).expect("room for a file");
    let mut command = home.command();
    command.args(args);
    finish(command, "")
}

fn demo(args: &[&str]) -> Output {
    run(&[&["--demo"], args].concat())
}

/// The same in a terminal, without colour.
#[cfg(unix)]
fn shown(columns: u16, args: &[&str]) -> Output {
    let home = Home::new();
    fs::write(home.path().join("earlier.json"), EARLIER).expect("room for a file");
    let mut command = home.command();
    command.args(["--demo", "--color", "never"]).args(args);
    in_terminal(columns, command)
}

#[test]
fn a_summary_has_a_row_a_product_in_every_format() {
    assert_report(&demo(&[CONTOSO, "--summary"]), SUMMARY);
    assert_report(&demo(&[CONTOSO, "--summary", "-o", "csv"]), SUMMARY_CSV);
    assert_report(&demo(&[CONTOSO, "--summary", "-o", "jsonl"]), SUMMARY_LINES);
}

#[test]
fn a_comparison_tells_what_is_new_gone_and_changed_in_every_format() {
    let compare = [CONTOSO, "--compare", "earlier.json"];
    assert_report(&demo(&compare), CHANGES);
    let csv = [CSV_HEADER.trim_end(), CHANGE_COLUMNS, CHANGES_CSV].concat();
    assert_report(&demo(&[&compare[..], &["-o", "csv"]].concat()), &csv);
    let columns = "product,workload,qualified,licensesQualifiedChange,active,licensesActiveChange,usage,change";
    let moved = ["-o", "jsonl", "--where", "change != same", "--columns", columns];
    assert_report(&demo(&[&compare[..], &moved].concat()), CHANGES_LINES);
    let lost = ["--where", "licensesActiveChange<0", "--color", "always"];
    assert_report(&demo(&[&compare[..], &lost].concat()), CHANGES_COLOURED);
}

#[cfg(unix)]
#[test]
fn summaries_and_comparisons_fit_their_terminal_as_far_as_figures_stay_whole() {
    let summary = [CONTOSO, "--summary"];
    let compare = [CONTOSO, "--compare", "earlier.json"];
    for (columns, args, table) in [
        (60, &summary[..], SUMMARY_AT_60),
        (80, &summary, SUMMARY_AT_80),
        (140, &summary, SUMMARY),
        (60, &compare, CHANGES_AT_60),
        (80, &compare, CHANGES_AT_80),
        (140, &compare, CHANGES),
    ] {
        assert_report(&shown(columns, args), table);
    }
}

/// What the demo's six customers say beside the report: one is throttled at first, one empty, one forbidden.
fn assert_demo_of_all(output: &Output, report: &str, last: &str) {
    assert_eq!(output.text(), report);
    let failed = "pc-usage: 1 of 6 customers failed\n";
    assert!(output.stderr.ends_with(&format!("{failed}{last}")), "{}", output.stderr);
    assert_eq!(output.code, if last.is_empty() { 3 } else { 10 });
}

#[test]
fn many_customers_are_sorted_into_one_table_and_filtered_section_by_section() {
    assert_demo_of_all(&demo(&["--all", "--sort", "product", "--sort", "idle:desc"]), SORTED, "");
    let csv = ["--all", "--sort", "idle:desc", "-o", "csv", "--where", "idle>60"];
    assert_demo_of_all(&demo(&csv), &[CSV_HEADER, SORTED_CSV].concat(), "");
    let sections = ["--all", "--where", "usage >= 90%", "--columns", "workload,product,idle,age"];
    assert_demo_of_all(&demo(&sections), SECTIONS, "");
    assert_demo_of_all(&demo(&["--all", "--summary", "--where", "idle > 20"]), SUMMARIES, "");
    // An alarm looks at all of them, and goes before the failed one.
    let alarm =
        ["--all", "-q", "--where", "usage >= 90%", "--columns", "workload,product,idle,age", "--fail-if", "idle>25"];
    let found = "pc-usage: --fail-if 'licensesIdle > 25' matches 1 of 4 rows, worst: Northwind Traders, OFFICE 365 \
        ENTERPRISE E1, Exchange: licensesIdle 28\n";
    assert_demo_of_all(&demo(&alarm), SECTIONS, found);
    let none = demo(&["--all", "--sort", "idle", "--where", "idle > 9999"]);
    assert_demo_of_all(&none, "--where keeps none of 19 rows of 5 customers.\n", "");
}

/// Three products; the second has no figures, the third no name and no date.
const ODD: &str = r#"{"items":[
 {"customerName":"C","productName":"A","workloadName":"Exchange","licensesQualified":10,"licensesActive":9.0,"usagePercent":90.0,"processedDateTime":"2017-03-14T00:00:00"},
 {"customerName":"C","productName":"\u001b[2JB","workloadName":"SharePoint","processedDateTime":"2017-03-01T00:00:00Z"},
 {"customerName":"C","workloadName":"Teams","licensesQualified":4,"licensesActive":5,"usagePercent":125,"processedDateTime":"soon"}
]}"#;

#[test]
fn the_order_is_by_number_and_text_and_day_and_absent_is_last_in_both() {
    for (sort, order) in [
        (&["active"][..], "TES"),
        (&["active:desc"], "ETS"),
        (&["usage:DESC"], "TES"),
        (&["date"], "SET"),
        (&["date:desc"], "EST"),
        (&["age"], "EST"),
        (&["product"], "SET"),
        (&["product:desc"], "EST"),
        (&["channel"], "EST"),
        (&["channel", "workload:desc"], "TSE"),
        (&["customer", "qualified"], "TES"),
    ] {
        let sort: Vec<_> = sort.iter().flat_map(|key| ["--sort", key]).collect();
        let args = [&["-o", "csv", "--no-header", "--columns", "workload"][..], &sort].concat();
        let first = |line: &str| line.chars().next().expect("a name");
        let output = saved(ODD, &args);
        assert_eq!(output.text().lines().map(first).collect::<String>(), order, "{sort:?}");
    }
}

#[test]
fn fields_can_be_chosen_by_any_of_their_names() {
    let columns = "AGE,date,idle,Product,productid,customerId";
    let csv = "\
age,processedDateTime,licensesIdle,productName,productId,customerId
1,2017-03-14T00:00:00Z,1,A,,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
14,2017-03-01T00:00:00Z,,'\u{1b}[2JB,,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
,soon,0,,,4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
";
    assert_report(&saved(ODD, &["-o", "csv", "--columns", columns]), csv);
    let lines =
        "{\"age\":1,\"licensesIdle\":1}\n{\"age\":14,\"licensesIdle\":null}\n{\"age\":null,\"licensesIdle\":0}\n";
    assert_report(&saved(ODD, &["-o", "jsonl", "--columns", " age , idle "]), lines);
    let table = "\
C · 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
Data of 2017-03-01 – 2017-03-14 · 1 to 14 days old

 Usage             Age  Product     Date
────────────────────────────────────────────────────────
 90.0% █████████░    1  A           2017-03-14T00:00:00Z
     –              14  \\u{1b}[2JB  2017-03-01T00:00:00Z
125.0% ██████████    –  –           soon

1 of 14 seats idle (7 %) · most in A: 1 · 1 product without figures · 3 rows, 3 products
";
    assert_report(&saved(ODD, &["--columns", "usage,age,product,date"]), table);
    // Idle seats are emphasised where there are any.
    let table = "\
\x1b[1mC\x1b[0m · 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
Data of 2017-03-01 – 2017-03-14 · 1 to 14 days old

Idle
────
   \x1b[1m1\x1b[0m
   –
   0

1 of 14 seats idle (7 %) · most in A: 1 · 1 product without figures · 3 rows, 3 products
";
    assert_report(&saved(ODD, &["--columns", "idle", "--color", "always"]), table);
}

#[test]
fn a_filter_keeps_rows_and_counts_the_seats_of_their_products_whole() {
    let table = "\
C · 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
Data of 2017-03-01 – 2017-03-14 · 1 to 14 days old

--where keeps none of 3 rows.
";
    assert_report(&saved(ODD, &["--where", "usage<50"]), table);
    assert_report(&saved(ODD, &["--where", "usage<50", "-o", "jsonl"]), "");
    assert_report(&saved(ODD, &["--where", "usage<50", "-o", "csv", "--columns", "idle"]), "licensesIdle\n");
    let kept = |filters: &[&str]| {
        let filters: Vec<_> = filters.iter().flat_map(|filter| ["--where", filter]).collect();
        let args = [&["-o", "csv", "--no-header", "--columns", "workload"][..], &filters].concat();
        saved(ODD, &args).text().replace('\n', " ")
    };
    assert_eq!(kept(&["usage>=90%"]), "Exchange Teams ");
    assert_eq!(kept(&["usage>=90%", "age<7"]), "Exchange ");
    assert_eq!(kept(&["product!~a"]), "SharePoint Teams ");
    assert_eq!(kept(&["date < 2017-03-14"]), "SharePoint ");
    assert_eq!(kept(&["workload ~ 'E'", "workload != teams"]), "Exchange SharePoint ");
}

#[test]
fn an_alarm_rings_behind_the_report_in_every_format() {
    let found = "pc-usage: --fail-if 'usagePercent >= 90' matches 2 of 3 rows, worst: C, Teams: usagePercent 125\n";
    let lacking = "pc-usage: warning: --fail-if 'usagePercent >= 90': 1 of 3 rows without usagePercent, not tested\n";
    for format in ["table", "csv", "json", "jsonl"] {
        let quiet = saved(ODD, &["-o", format]);
        for flag in ["-q", "-v"] {
            let output = saved(ODD, &["-o", format, "--fail-if", "usage >= 90", flag]);
            assert_ended(&output, 10, quiet.text(), &format!("{lacking}{found}"));
        }
    }
    // Any of several; one that does not ring is silent.
    let output =
        saved(ODD, &["-o", "json", "--fail-if", "age>100", "--fail-if", "workload=teams", "--fail-if", "idle<=0"]);
    let stderr = "\
pc-usage: warning: --fail-if 'age > 100': 1 of 3 rows without age, not tested
pc-usage: --fail-if 'workloadName = teams' matches 1 of 3 rows, first: C, Teams: workloadName Teams
pc-usage: warning: --fail-if 'licensesIdle <= 0': 1 of 3 rows without licensesIdle, not tested
pc-usage: --fail-if 'licensesIdle <= 0' matches 1 of 3 rows, worst: C, Teams: licensesIdle 0
";
    assert_eq!((output.code, output.stderr.as_str()), (10, stderr));
    // Other people's words do not steer the terminal.
    let output = saved(ODD, &["-o", "json", "--fail-if", "date<2017-03-02"]);
    let worst = "C, \\u{1b}[2JB, SharePoint: processedDateTime 2017-03-01T00:00:00Z\n";
    assert!(output.stderr.ends_with(worst), "{}", output.stderr);
    assert_report(
        &saved(ODD, &["-o", "csv", "--columns", "idle", "--where", "usage>0", "--fail-if", "idle>5"]),
        "licensesIdle\n1\n0\n",
    );
}

#[test]
fn an_alarm_that_cannot_ring_says_so() {
    const NO_ROWS: &str = "pc-usage: warning: customer 4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04 has no licence usage rows; that is \
        not the same as no usage\n";
    for (body, args, stderr) in [
        (
            r#"{"items":[]}"#,
            &["--fail-if", "age>7"][..],
            format!("{NO_ROWS}pc-usage: --fail-if 'age > 7' could not be tested: there are no rows\n"),
        ),
        (
            ODD,
            &["--fail-if", "workloadcode=x"],
            "pc-usage: --fail-if 'workloadCode = x' could not be tested: none of 3 rows has workloadCode\n".to_owned(),
        ),
        (
            ODD,
            &["--fail-if", "age>7", "--where", "date!=2017-03-14", "--where", "workload~t", "--where", "usage>0"],
            "pc-usage: --fail-if 'age > 7' could not be tested: the only row has no age\n".to_owned(),
        ),
    ] {
        let output = saved(body, &[args, &["-q", "-o", "csv"]].concat());
        assert_eq!((output.code, output.stderr.as_str()), (11, stderr.as_str()), "{args:?}");
        assert!(output.text().starts_with("customerId,"), "{args:?}");
    }
    // Where nothing is of interest, nothing is to be told.
    assert_report(&saved(ODD, &["--fail-if", "age>7", "--where", "idle>99", "-o", "csv"]), CSV_HEADER);
    // One that rings goes before one that cannot.
    let output = saved(ODD, &["-o", "json", "--fail-if", "workloadCode=x", "--fail-if", "active=5"]);
    assert_eq!(output.code, 10);
}

#[test]
fn a_report_that_rings_is_put_in_its_place_before_it_is_told() {
    let home = Home::new();
    for (alarm, code) in [("idle>0", 10), ("workloadCode=x", 11)] {
        fs::write(home.path().join("out"), "old").expect("room for a file");
        let mut command = home.command();
        command.args([
            CUSTOMER,
            "--input",
            "-",
            "-o",
            "csv",
            "--columns",
            "idle",
            "--out-file",
            "out",
            "--fail-if",
            alarm,
        ]);
        let output = finish(command, ODD);
        assert_eq!((output.code, output.text()), (code, ""));
        assert_eq!(
            fs::read_to_string(home.path().join("out")).expect("a report"),
            "licensesIdle\n1\n\n0\n".replace("\n\n", "\n\"\"\n")
        );
    }
}

#[test]
fn a_refused_sign_in_goes_before_an_alarm() {
    let ok = Answer::status(200).json(ODD).for_path(usage_path(1));
    let refused = Answer::status(401).for_path(usage_path(2));
    let args = [&id(1), &id(2), "-o", "csv", "--jobs", "1", "--fail-if", "idle>0"];
    let (output, requests) = serve(vec![ok, refused], args);
    assert_eq!(output.code, 4);
    let told = error(2, UNAUTHORIZED, &requests)
        + "pc-usage: 1 of 2 customers failed\n\
           pc-usage: warning: --fail-if 'licensesIdle > 0': 1 of 3 rows without licensesIdle, not tested\n\
           pc-usage: --fail-if 'licensesIdle > 0' matches 1 of 3 rows, worst: C, A, Exchange: licensesIdle 1\n";
    assert_eq!(output.stderr, told);
}

#[test]
fn seats_of_a_summary_are_those_of_the_largest_and_the_busiest_workload() {
    let body = r#"{"items":[
     {"productName":"A","workloadName":"x","licensesQualified":8,"licensesActive":3,"processedDateTime":"2017-03-12T00:00:00Z"},
     {"productName":"A","workloadName":"y","licensesQualified":16.0,"licensesActive":1,"processedDateTime":"2017-03-10T00:00:00"},
     {"productName":"A","workloadName":"z","licensesQualified":16,"licensesActive":3,"usagePercent":99,"processedDateTime":"2017-03-11T00:00:00Z"},
     {"productName":"A","workloadName":"x","channel":"direct","licensesQualified":3,"licensesActive":2},
     {"productName":"A2","productId":"a","workloadName":"x","licensesQualified":0,"licensesActive":0,"processedDateTime":"soon"},
     {"productName":"renamed","productId":"a","workloadName":"x"},
     {"workloadName":"x","licensesQualified":5},
     {"productName":"B","workloadName":"x","licensesActive":7},
     {"productName":"C","workloadName":"x","licensesQualified":2000,"licensesActive":1999}
    ]}"#;
    let csv = "\
productName,productId,channel,workloads,busiestWorkload,licensesQualified,licensesActive,licensesIdle,usagePercent,processedDateTime,age
A,,,3,x,16,3,13,18.8,2017-03-10T00:00:00Z,5
A,,direct,1,x,3,2,1,66.7,,
A2,a,,1,x,0,0,0,,soon,
,,,1,,5,,,,,
B,,,1,x,,7,,,,
C,,,1,x,2000,1999,1,100.0,,
";
    let columns = "product,productId,channel,workloads,busiestWorkload,qualified,active,idle,usage,date,age";
    assert_report(&saved(body, &["--summary", "-o", "csv", "--columns", columns]), csv);
    // Filters, keys and alarms see the summary.
    let args = [
        "--summary",
        "-o",
        "csv",
        "--no-header",
        "--columns",
        "idle",
        "--where",
        "workloads>=1",
        "--sort",
        "usage:desc",
    ];
    assert_report(&saved(body, &args), "1\n1\n13\n0\n\"\"\n\"\"\n");
    let output = saved(body, &["--summary", "-o", "csv", "--where", "product=A", "--fail-if", "usage<20"]);
    let found = "pc-usage: --fail-if 'usagePercent < 20' matches 1 of 2 rows, worst: \
        4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04, A: usagePercent 18.8\n";
    assert_eq!((output.code, output.stderr.as_str()), (10, found));
}

#[test]
fn products_are_apart_where_their_ids_are_empty_and_nearly_all_is_not_all() {
    let body = r#"{"items":[
     {"productId":"","productName":"A","workloadName":"x","licensesQualified":2000,"licensesActive":1999},
     {"productId":"","productName":"B","workloadName":"x","licensesQualified":2000,"licensesActive":0.1},
     {"productName":"","licensesQualified":6,"licensesActive":0},
     {"licensesQualified":5}
    ]}"#;
    let table = "\
4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04
Data without a date

Product    Idle   Usage
──────────────────────────────────
A             1  >99.9% █████████▉
B        1999.9   <0.1% ▏░░░░░░░░░
              6    0.0% ░░░░░░░░░░

2006.9 of 4006 seats idle (50 %) · most in B: 1999.9 · 3 rows, 3 products
Each seat counts once: qualified in the largest workload, active in the busiest · usage calculated by pc-usage: active × 100 ÷ qualified
";
    assert_report(&saved(body, &["--summary", "--columns", "product,idle,usage"]), table);
}

#[test]
fn hostile_names_stay_harmless_in_a_summary_and_a_comparison() {
    let table = saved(TRAP, &["--summary"]);
    assert_eq!((table.text(), table.code), (TRAP_SUMMARY, 0));
    let home = Home::new();
    fs::write(home.path().join("then"), TRAP).expect("room for a file");
    let mut command = home.command();
    command.args([CUSTOMER, "--input", "-", "--compare", "then"]);
    let output = finish(command, r#"{"items":[{"productName":"\u202e"}]}"#);
    assert_eq!((output.text(), output.code), (TRAP_GONE, 0));
    let strangers = "pc-usage: warning: --compare: no row is in both responses; are they from the same customer?\n";
    assert_eq!(output.stderr, strangers);
}

#[test]
fn rows_are_paired_by_what_they_are_and_equals_in_their_order() {
    let then = r#"{"items":[
     {"productId":"p","productName":"old name","workloadName":"x","licensesQualified":5,"licensesActive":1,"usagePercent":20},
     {"productName":"A","workloadName":"x","licensesQualified":1,"licensesActive":1,"usagePercent":1.0},
     {"productName":"A","workloadName":"x","licensesQualified":2,"licensesActive":2,"usagePercent":2.0},
     {"productName":"A","workloadName":"x","channel":"direct","licensesQualified":9},
     {"productName":"B","workloadName":"x","licensesQualified":36893488147419103232},
     {"productName":"F","licensesQualified":0.3,"licensesActive":1e2}
    ]}"#;
    let now = r#"{"items":[
     {"productName":"A","workloadName":"x","licensesQualified":1.0,"licensesActive":1,"usagePercent":1},
     {"productName":"A","workloadName":"x","licensesQualified":3,"licensesActive":1,"usagePercent":2.0},
     {"productName":"A","workloadName":"x","licensesQualified":4,"licensesActive":4},
     {"productId":"p","productName":"new name","workloadName":"x","licensesQualified":5,"licensesActive":1,"usagePercent":21},
     {"productName":"B","workloadName":"x","licensesQualified":36893488147419103233},
     {"productName":"F","licensesQualified":0.1,"licensesActive":100}
    ]}"#;
    let home = Home::new();
    fs::write(home.path().join("then"), then).expect("room for a file");
    let columns = "product,channel,qualified,licensesQualifiedChange,licensesActiveChange,change";
    for (args, id) in [(&[CUSTOMER][..], CUSTOMER), (&[], "")] {
        let mut command = home.command();
        command.args(args).args(["--input", "-", "--compare", "then", "-o", "csv", "--no-header", "--columns"]);
        command.arg(format!("customerId,{columns}"));
        let rows = "\
A,,1,0,0,same
A,,3,1,-1,changed
A,,4,,,new
new name,,5,0,0,changed
B,,36893488147419103233,1,,changed
F,,0.1,-0.2,0,changed
A,direct,9,,,gone
";
        let csv = rows.lines().map(|row| [id, ",", row, "\n"].concat()).collect::<String>();
        assert_report(&finish(command, now), &csv);
    }
}

/// An array as `-o json` writes it, of customers and their active seats.
fn array(customers: &[(usize, u32)]) -> String {
    let element = |(n, active): &(usize, u32)| {
        format!(
            "{{\"customerId\":\"{}\",\"response\":{{\"items\":[{{\"customerName\":\"C {n}\",\"productName\":\"P\",\"licensesQualified\":9,\"licensesActive\":{active}}}]}}}}",
            id(*n)
        )
    };
    format!("[\n{}\n]\n", customers.iter().map(element).collect::<Vec<_>>().join(",\n"))
}

const BRIEF: [&str; 5] = ["-o", "csv", "--no-header", "--columns", "customer,active,licensesActiveChange,change"];

fn listed(customers: &[usize]) -> Answer {
    let items: Vec<_> = customers.iter().map(|n| format!(r#"{{"id":"{}"}}"#, id(*n))).collect();
    Answer::status(200).json(format!(r#"{{"items":[{}]}}"#, items.join(","))).for_path("/v1/customers?size=500")
}

fn active(n: usize, active: u32) -> Answer {
    let item =
        format!(r#"{{"customerName":"C {n}","productName":"P","licensesQualified":9,"licensesActive":{active}}}"#);
    Answer::status(200).json(format!(r#"{{"items":[{item}]}}"#)).for_path(usage_path(n))
}

#[test]
fn many_customers_are_compared_each_with_its_own_rows() {
    let home = Home::new();
    let then = array(&[(1, 5), (2, 6), (3, 7), (4, 8)]).replace("aaaa-4000", "AAAA-4000");
    fs::write(home.path().join("then"), then).expect("room for a file");
    let server = Server::start(vec![
        listed(&[2, 1, 4, 5]),
        active(1, 4),
        active(2, 6),
        Answer::status(404).for_path(usage_path(4)),
        active(5, 1),
    ]);
    let mut command = home.command_for(&server);
    command.args(["--all", "--compare", "then"]).args(BRIEF);
    let output = finish(command, "");
    server.done();
    // The third is not a customer any more; of the fourth nobody knows.
    assert_eq!(output.text(), "C 2,6,0,same\nC 1,4,-1,changed\nC 5,1,,new\nC 3,7,,gone\n");
    assert_eq!(output.code, 3);

    // Those that are not asked for are not gone.
    for (ids, rows) in [(&[1][..], "C 1,6,1,changed\n"), (&[1, 2], "C 1,6,1,changed\nC 2,6,0,same\n")] {
        let server = Server::start(ids.iter().map(|n| active(*n, 6)).collect());
        let mut command = home.command_for(&server);
        command.args(ids.iter().map(|n| id(*n))).args(["--compare", "then"]).args(BRIEF);
        assert_report(&finish(command, ""), rows);
        server.done();
    }

    // Sorted over all, those that are gone too.
    let mut command = home.command();
    command
        .args(["--input", "-", "--compare", "then", "--sort", "licensesActiveChange", "--sort", "customer:desc"])
        .args(BRIEF);
    let output = finish(command, array(&[(3, 7), (2, 9), (1, 1)]));
    assert_eq!(output.text(), "C 1,1,-4,changed\nC 3,7,0,same\nC 2,9,3,changed\n");
    let warning = format!(
        "pc-usage: warning: the earlier response has rows of customers that are not in this report: {} (C 4)\n",
        id(4)
    );
    assert_eq!((output.code, output.stderr), (0, warning));
}

#[test]
fn an_earlier_answer_that_does_not_fit_costs_no_request() {
    let home = Home::new();
    let body = r#"{"items":[{"productName":"P"}]}"#;
    for (name, text) in [
        ("body", body),
        ("array", &array(&[(1, 5)])),
        ("text", "nothing"),
        ("figure", r#"{"items":[{"licensesActive":"5"}]}"#),
    ] {
        fs::write(home.path().join(name), text).expect("room for a file");
    }
    let server = Server::start(vec![]);
    let refused = |args: &[&str], code: i32, error: &str| {
        let mut command = home.command_for(&server);
        command.args(args);
        assert_failed(&finish(command, body), code, &format!("pc-usage: error: {error}\n"));
    };
    let hint = "\n  hint: is it a response written by `-o json`?";
    let missing = std::io::Error::from_raw_os_error(2);
    refused(&[CUSTOMER, "--compare", "none"], 1, &format!("cannot read none: {missing}"));
    refused(
        &[CUSTOMER, "--compare", "text"],
        9,
        &format!("text: the response is not a JSON object; it starts with: nothing{hint}"),
    );
    refused(
        &[CUSTOMER, "--compare", "figure"],
        9,
        &format!("figure: licensesActive of row 1 is not a number: \"5\"{hint}"),
    );
    let whose = "the earlier response does not name its customer, and this report covers several\n  \
        hint: give the customer id too, or compare with the JSON of a run over several customers";
    refused(&[&id(1), &id(2), "--compare", "body"], 2, whose);
    server.done();

    let mut command = home.command();
    command.args(["--input", "-", "--compare", "array"]);
    let whose = "only the earlier response names its customers, so nothing can be compared\n  \
        hint: give the customer id too\n";
    assert_refused(&finish(command, body), whose);
    // It may come from a pipe.
    let mut command = home.command();
    command.args([CUSTOMER, "--input", "body", "--compare", "-", "-o", "csv", "--no-header", "--columns", "change"]);
    assert_report(&finish(command, body), "same\n");
}

#[test]
fn what_cannot_be_asked_of_rows_is_a_wrong_command_line() {
    const FIELDS: &str = "customerId, customerName (customer), productName (product), workloadName (workload), workloadCode, \
        serviceName (service), serviceCode, channel, licensesQualified (qualified), licensesActive (active), licensesIdle (idle), \
        usagePercent (usage), processedDateTime (date), ";
    const SUMMARY_FIELDS: &str = "customerId, customerName (customer), productName (product), serviceName (service), channel, workloads, \
        busiestWorkload, licensesQualified (qualified), licensesActive (active), licensesIdle (idle), usagePercent (usage), \
        processedDateTime (date), productId, age";
    let json = |option: &str| {
        format!(
            "{option} only works with -o table, -o csv, -o jsonl, -o markdown, -o html or -o xlsx, not with the format json\n"
        )
    };
    for (args, error) in [
        (&["-o", "json", "--where", "usage<5"][..], json("--where")),
        (&["-o", "json", "--sort", "usage"], json("--sort")),
        (&["-o", "json", "--columns", "usage"], json("--columns")),
        (&["-o", "json", "--summary"], json("--summary")),
        (&["-o", "json", "--compare", "x"], json("--compare")),
        (&["--summary", "--compare", "x"], "--summary and --compare cannot be used together\n".to_owned()),
        (
            &["--compare", "-", "--token-file", "-"],
            "--token-file and --compare cannot both read standard input\n".to_owned(),
        ),
        (
            &["--sort", "workloads"],
            format!("--sort: the field workloads needs --summary\n  hint: the fields are {FIELDS}productId, age\n"),
        ),
        (
            &["--where", "change=new"],
            format!("--where: the field change needs --compare FILE\n  hint: the fields are {FIELDS}productId, age\n"),
        ),
        (
            &["--summary", "--columns", "product,workload"],
            format!("--columns: a summary has no field workloadName\n  hint: the fields are {SUMMARY_FIELDS}\n"),
        ),
        (
            &["--compare", "x", "--fail-if", "busiestWorkload=x"],
            format!(
                "--fail-if: the field busiestWorkload needs --summary\n  hint: the fields are {FIELDS}licensesQualifiedChange, licensesActiveChange, change, productId, age\n"
            ),
        ),
        (
            &["--where", "product =~ E3"],
            "--where 'product =~ E3': `=~` is not an operator: productName takes = != ~ !~\n".to_owned(),
        ),
        (
            &["--sort", "usage:up"],
            "--sort 'usage:up': `:up` is not an order: `:desc` sorts from high to low, `:asc` from low to high\n"
                .to_owned(),
        ),
        (&["--columns", "idle,idle"], "--columns: licensesIdle is named twice\n".to_owned()),
    ] {
        assert_refused(&run(&[&[CUSTOMER], args].concat()), &error);
    }
    let home = Home::new();
    let mut command = home.command();
    command.env("PC_USAGE_OUTPUT", "json").args([CUSTOMER, "--summary"]);
    let error = "--summary only works with -o table, -o csv, -o jsonl, -o markdown, -o html or -o xlsx, not with the format json (PC_USAGE_OUTPUT)\n";
    assert_refused(&finish(command, ""), error);
}

#[cfg(unix)]
#[test]
fn a_sorted_report_that_is_terminated_is_none() {
    let home = Home::new();
    let server = Server::start(vec![active(1, 5), Answer::stall().for_path(usage_path(2))]);
    let mut command = home.command_for(&server);
    command.args([&id(1), &id(2), "--sort", "usage", "-o", "csv", "--jobs", "1"]);
    let running = Running::spawn(command);
    server.wait_for_requests(2);
    running.signal(nix::sys::signal::Signal::SIGTERM);
    let output = running.wait();
    assert_eq!((output.code, output.text()), (143, ""));
    server.done();
}
