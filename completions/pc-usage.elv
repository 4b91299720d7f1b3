
use builtin;
use str;

set edit:completion:arg-completer[pc-usage] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'pc-usage'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'pc-usage'= {
            cand --customers 'Report on the customers listed in a file (`-` is standard input): one id a line, or the CSV of `customers`'
            cand --input 'Report on a saved JSON answer (`-` is standard input): no network, no token'
            cand -o 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]'
            cand --output 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]'
            cand --out-file 'Write the report there, replacing the file in one step (`-` is standard output)'
            cand --delimiter 'Delimiter of the CSV: one ASCII character, `\t` for a tab [default: ,]'
            cand --color 'Colour in the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]'
            cand --where 'Show only rows for which this holds, such as ''usage < 50'' or ''product ~ E3''; repeatable, all must hold'
            cand --sort 'Sort by a field, such as `usage` or `idle:desc`; repeatable, the first goes first; absent values come last'
            cand --columns 'Show these fields, in this order: `product,idle,usage`'
            cand --summary 'One row per product, each seat counted once over its workloads, or one row per customer [default: product]'
            cand --compare 'Add what changed since an earlier answer that `-o json` wrote (`-` is standard input)'
            cand --fail-if 'Exit with 10 if this holds for a row that is shown, such as ''age > 7''; repeatable, any counts'
            cand --token-file 'Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]'
            cand --profile 'Which stored sign-in [default: default] [env: PC_USAGE_PROFILE]'
            cand --cloud 'Microsoft''s cloud [default: global] [env: PC_USAGE_CLOUD]'
            cand --base-url 'Address of the service [default: the cloud''s] [env: PC_USAGE_BASE_URL]'
            cand --authority 'Address of the sign-in service [default: the cloud''s] [env: PC_USAGE_AUTHORITY]'
            cand --locale 'Language of the service''s texts [default: en-US]'
            cand --retries 'Extra attempts, 0 to 10 [default: 3]'
            cand --jobs 'Customers fetched at a time, 1 to 32 [default: 4] [env: PC_USAGE_JOBS]'
            cand --timeout 'Longest duration of one attempt, 1 to 3600 [default: 180]'
            cand --max-wait 'All waiting between attempts, 0 to 86400 [default: 120]'
            cand --all 'Report on every customer of the partner'
            cand --demo 'Report on the built-in sample Partner Center: no account, no network'
            cand --excel 'CSV for Excel: byte order mark and CRLF'
            cand --no-header 'No header row (CSV, table)'
            cand --raw-text 'Leave CSV cells alone that a spreadsheet would run as a formula'
            cand --fail-on-empty 'Exit with 11 if the service has no rows'
            cand -v 'Show requests, answers and waits on standard error; twice: headers too, without secrets'
            cand --verbose 'Show requests, answers and waits on standard error; twice: headers too, without secrets'
            cand -q 'No notes on standard error'
            cand --quiet 'No notes on standard error'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand customers 'List the partner''s customers'
            cand login 'Sign in once, so that later runs need nobody'
            cand logout 'Forget a stored sign-in'
            cand status 'Show where the token comes from and what is known of it, without the network'
            cand completions 'Print a completion script for a shell'
            cand help 'Show the help, also of a command'
        }
        &'pc-usage;customers'= {
            cand -o 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]'
            cand --output 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]'
            cand --out-file 'Write the report there, replacing the file in one step (`-` is standard output)'
            cand --delimiter 'Delimiter of the CSV: one ASCII character, `\t` for a tab [default: ,]'
            cand --color 'Colour in the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]'
            cand --token-file 'Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]'
            cand --profile 'Which stored sign-in [default: default] [env: PC_USAGE_PROFILE]'
            cand --cloud 'Microsoft''s cloud [default: global] [env: PC_USAGE_CLOUD]'
            cand --base-url 'Address of the service [default: the cloud''s] [env: PC_USAGE_BASE_URL]'
            cand --authority 'Address of the sign-in service [default: the cloud''s] [env: PC_USAGE_AUTHORITY]'
            cand --locale 'Language of the service''s texts [default: en-US]'
            cand --retries 'Extra attempts, 0 to 10 [default: 3]'
            cand --timeout 'Longest duration of one attempt, 1 to 3600 [default: 180]'
            cand --max-wait 'All waiting between attempts, 0 to 86400 [default: 120]'
            cand --demo 'Report on the built-in sample Partner Center: no account, no network'
            cand --excel 'CSV for Excel: byte order mark and CRLF'
            cand --no-header 'No header row (CSV, table)'
            cand --raw-text 'Leave CSV cells alone that a spreadsheet would run as a formula'
            cand -v 'Show requests, answers and waits on standard error; twice: headers too, without secrets'
            cand --verbose 'Show requests, answers and waits on standard error; twice: headers too, without secrets'
            cand -q 'No notes on standard error'
            cand --quiet 'No notes on standard error'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'pc-usage;login'= {
            cand --tenant-id 'The partner''s tenant: its id or domain [env: PC_USAGE_TENANT_ID]'
            cand --client-id 'The app registration''s id [env: PC_USAGE_CLIENT_ID]'
            cand --client-secret-file 'Read the app''s secret from a file (`-` is standard input) [env: PC_USAGE_CLIENT_SECRET, the secret itself]'
            cand --refresh-token-file 'Store this refresh token in place of signing in by device code (`-` is standard input)'
            cand -o 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]'
            cand --output 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]'
            cand --out-file 'Write the report there, replacing the file in one step (`-` is standard output)'
            cand --delimiter 'Delimiter of the CSV: one ASCII character, `\t` for a tab [default: ,]'
            cand --color 'Colour in the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]'
            cand --token-file 'Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]'
            cand --profile 'Which stored sign-in [default: default] [env: PC_USAGE_PROFILE]'
            cand --cloud 'Microsoft''s cloud [default: global] [env: PC_USAGE_CLOUD]'
            cand --base-url 'Address of the service [default: the cloud''s] [env: PC_USAGE_BASE_URL]'
            cand --authority 'Address of the sign-in service [default: the cloud''s] [env: PC_USAGE_AUTHORITY]'
            cand --locale 'Language of the service''s texts [default: en-US]'
            cand --retries 'Extra attempts, 0 to 10 [default: 3]'
            cand --timeout 'Longest duration of one attempt, 1 to 3600 [default: 180]'
            cand --max-wait 'All waiting between attempts, 0 to 86400 [default: 120]'
            cand --demo 'Report on the built-in sample Partner Center: no account, no network'
            cand --excel 'CSV for Excel: byte order mark and CRLF'
            cand --no-header 'No header row (CSV, table)'
            cand --raw-text 'Leave CSV cells alone that a spreadsheet would run as a formula'
            cand -v 'Show requests, answers and waits on standard error; twice: headers too, without secrets'
            cand --verbose 'Show requests, answers and waits on standard error; twice: headers too, without secrets'
            cand -q 'No notes on standard error'
            cand --quiet 'No notes on standard error'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'pc-usage;logout'= {
            cand -o 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]'
            cand --output 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]'
            cand --out-file 'Write the report there, replacing the file in one step (`-` is standard output)'
            cand --delimiter 'Delimiter of the CSV: one ASCII character, `\t` for a tab [default: ,]'
            cand --color 'Colour in the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]'
            cand --token-file 'Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]'
            cand --profile 'Which stored sign-in [default: default] [env: PC_USAGE_PROFILE]'
            cand --cloud 'Microsoft''s cloud [default: global] [env: PC_USAGE_CLOUD]'
            cand --base-url 'Address of the service [default: the cloud''s] [env: PC_USAGE_BASE_URL]'
            cand --authority 'Address of the sign-in service [default: the cloud''s] [env: PC_USAGE_AUTHORITY]'
            cand --locale 'Language of the service''s texts [default: en-US]'
            cand --retries 'Extra attempts, 0 to 10 [default: 3]'
            cand --timeout 'Longest duration of one attempt, 1 to 3600 [default: 180]'
            cand --max-wait 'All waiting between attempts, 0 to 86400 [default: 120]'
            cand --demo 'Report on the built-in sample Partner Center: no account, no network'
            cand --excel 'CSV for Excel: byte order mark and CRLF'
            cand --no-header 'No header row (CSV, table)'
            cand --raw-text 'Leave CSV cells alone that a spreadsheet would run as a formula'
            cand -v 'Show requests, answers and waits on standard error; twice: headers too, without secrets'
            cand --verbose 'Show requests, answers and waits on standard error; twice: headers too, without secrets'
            cand -q 'No notes on standard error'
            cand --quiet 'No notes on standard error'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'pc-usage;status'= {
            cand -o 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]'
            cand --output 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]'
            cand --out-file 'Write the report there, replacing the file in one step (`-` is standard output)'
            cand --delimiter 'Delimiter of the CSV: one ASCII character, `\t` for a tab [default: ,]'
            cand --color 'Colour in the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]'
            cand --token-file 'Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]'
            cand --profile 'Which stored sign-in [default: default] [env: PC_USAGE_PROFILE]'
            cand --cloud 'Microsoft''s cloud [default: global] [env: PC_USAGE_CLOUD]'
            cand --base-url 'Address of the service [default: the cloud''s] [env: PC_USAGE_BASE_URL]'
            cand --authority 'Address of the sign-in service [default: the cloud''s] [env: PC_USAGE_AUTHORITY]'
            cand --locale 'Language of the service''s texts [default: en-US]'
            cand --retries 'Extra attempts, 0 to 10 [default: 3]'
            cand --timeout 'Longest duration of one attempt, 1 to 3600 [default: 180]'
            cand --max-wait 'All waiting between attempts, 0 to 86400 [default: 120]'
            cand --demo 'Report on the built-in sample Partner Center: no account, no network'
            cand --excel 'CSV for Excel: byte order mark and CRLF'
            cand --no-header 'No header row (CSV, table)'
            cand --raw-text 'Leave CSV cells alone that a spreadsheet would run as a formula'
            cand -v 'Show requests, answers and waits on standard error; twice: headers too, without secrets'
            cand --verbose 'Show requests, answers and waits on standard error; twice: headers too, without secrets'
            cand -q 'No notes on standard error'
            cand --quiet 'No notes on standard error'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'pc-usage;completions'= {
            cand -o 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]'
            cand --output 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]'
            cand --out-file 'Write the report there, replacing the file in one step (`-` is standard output)'
            cand --delimiter 'Delimiter of the CSV: one ASCII character, `\t` for a tab [default: ,]'
            cand --color 'Colour in the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]'
            cand --token-file 'Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]'
            cand --profile 'Which stored sign-in [default: default] [env: PC_USAGE_PROFILE]'
            cand --cloud 'Microsoft''s cloud [default: global] [env: PC_USAGE_CLOUD]'
            cand --base-url 'Address of the service [default: the cloud''s] [env: PC_USAGE_BASE_URL]'
            cand --authority 'Address of the sign-in service [default: the cloud''s] [env: PC_USAGE_AUTHORITY]'
            cand --locale 'Language of the service''s texts [default: en-US]'
            cand --retries 'Extra attempts, 0 to 10 [default: 3]'
            cand --timeout 'Longest duration of one attempt, 1 to 3600 [default: 180]'
            cand --max-wait 'All waiting between attempts, 0 to 86400 [default: 120]'
            cand --demo 'Report on the built-in sample Partner Center: no account, no network'
            cand --excel 'CSV for Excel: byte order mark and CRLF'
            cand --no-header 'No header row (CSV, table)'
            cand --raw-text 'Leave CSV cells alone that a spreadsheet would run as a formula'
            cand -v 'Show requests, answers and waits on standard error; twice: headers too, without secrets'
            cand --verbose 'Show requests, answers and waits on standard error; twice: headers too, without secrets'
            cand -q 'No notes on standard error'
            cand --quiet 'No notes on standard error'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'pc-usage;help'= {
            cand customers 'List the partner''s customers'
            cand login 'Sign in once, so that later runs need nobody'
            cand logout 'Forget a stored sign-in'
            cand status 'Show where the token comes from and what is known of it, without the network'
            cand completions 'Print a completion script for a shell'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'pc-usage;help;customers'= {
        }
        &'pc-usage;help;login'= {
        }
        &'pc-usage;help;logout'= {
        }
        &'pc-usage;help;status'= {
        }
        &'pc-usage;help;completions'= {
        }
        &'pc-usage;help;help'= {
        }
    ]
    $completions[$command]
}
