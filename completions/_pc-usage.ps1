
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'pc-usage' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'pc-usage'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'pc-usage' {
            [CompletionResult]::new('--customers', '--customers', [CompletionResultType]::ParameterName, 'Report on the customers listed in a file (`-` is standard input): one id a line, or the CSV of `customers`')
            [CompletionResult]::new('--input', '--input', [CompletionResultType]::ParameterName, 'Report on a saved JSON answer (`-` is standard input): no network, no token')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]')
            [CompletionResult]::new('--out-file', '--out-file', [CompletionResultType]::ParameterName, 'Write the report there, replacing the file in one step (`-` is standard output)')
            [CompletionResult]::new('--delimiter', '--delimiter', [CompletionResultType]::ParameterName, 'Delimiter of the CSV: one ASCII character, `\t` for a tab [default: ,]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour in the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Show only rows for which this holds, such as ''product ~ E3 and idle > 10''; repeatable, all must hold')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort by these fields, such as `product,idle:desc`; repeatable, the first key counts most; rows without a value come last')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these fields, in this order: `product,idle,usage`; repeatable')
            [CompletionResult]::new('--compare', '--compare', [CompletionResultType]::ParameterName, 'Add what changed since an earlier answer that `-o json` wrote (`-` is standard input)')
            [CompletionResult]::new('--fail-if', '--fail-if', [CompletionResultType]::ParameterName, 'Exit with 10 if this holds for a row that is shown, such as ''age > 7''; repeatable, one match is enough')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Which stored sign-in [default: default] [env: PC_USAGE_PROFILE]')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'Microsoft''s cloud [default: global] [env: PC_USAGE_CLOUD]')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Address of the service [default: the cloud''s] [env: PC_USAGE_BASE_URL]')
            [CompletionResult]::new('--authority', '--authority', [CompletionResultType]::ParameterName, 'Address of the sign-in service [default: the cloud''s] [env: PC_USAGE_AUTHORITY]')
            [CompletionResult]::new('--locale', '--locale', [CompletionResultType]::ParameterName, 'Language of the service''s texts [default: en-US]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Extra attempts, 0 to 10 [default: 3]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Customers fetched at a time, 1 to 32 [default: 4] [env: PC_USAGE_JOBS]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest duration of one attempt, 1 to 3600 [default: 180]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'All waiting between attempts, 0 to 86400 [default: 120]')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Report on every customer of the partner')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Report on the built-in sample Partner Center: no account, no network')
            [CompletionResult]::new('--excel', '--excel', [CompletionResultType]::ParameterName, 'CSV for Excel: byte order mark and CRLF')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'No header row (CSV, table)')
            [CompletionResult]::new('--raw-text', '--raw-text', [CompletionResultType]::ParameterName, 'Leave CSV cells alone that a spreadsheet would run as a formula')
            [CompletionResult]::new('--summary', '--summary', [CompletionResultType]::ParameterName, 'One row a product, each seat counted once over its workloads; its percentage is ours: active × 100 ÷ qualified')
            [CompletionResult]::new('--fail-on-empty', '--fail-on-empty', [CompletionResultType]::ParameterName, 'Exit with 11 if the service has no rows')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show requests, answers and waits on standard error; twice: headers too, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show requests, answers and waits on standard error; twice: headers too, without secrets')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No notes on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No notes on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('customers', 'customers', [CompletionResultType]::ParameterValue, 'List the partner''s customers')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Sign in once, so that later runs need nobody')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Forget a stored sign-in')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show where the token comes from and what is known of it, without the network')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            break
        }
        'pc-usage;customers' {
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'List only customers for which this holds, such as ''companyName ~ contoso''; repeatable, all must hold')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort by these fields, such as `companyName` or `domain:desc`; repeatable')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these fields, in this order: `customerId,companyName`; repeatable')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]')
            [CompletionResult]::new('--out-file', '--out-file', [CompletionResultType]::ParameterName, 'Write the report there, replacing the file in one step (`-` is standard output)')
            [CompletionResult]::new('--delimiter', '--delimiter', [CompletionResultType]::ParameterName, 'Delimiter of the CSV: one ASCII character, `\t` for a tab [default: ,]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour in the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Which stored sign-in [default: default] [env: PC_USAGE_PROFILE]')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'Microsoft''s cloud [default: global] [env: PC_USAGE_CLOUD]')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Address of the service [default: the cloud''s] [env: PC_USAGE_BASE_URL]')
            [CompletionResult]::new('--authority', '--authority', [CompletionResultType]::ParameterName, 'Address of the sign-in service [default: the cloud''s] [env: PC_USAGE_AUTHORITY]')
            [CompletionResult]::new('--locale', '--locale', [CompletionResultType]::ParameterName, 'Language of the service''s texts [default: en-US]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Extra attempts, 0 to 10 [default: 3]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest duration of one attempt, 1 to 3600 [default: 180]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'All waiting between attempts, 0 to 86400 [default: 120]')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Report on the built-in sample Partner Center: no account, no network')
            [CompletionResult]::new('--excel', '--excel', [CompletionResultType]::ParameterName, 'CSV for Excel: byte order mark and CRLF')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'No header row (CSV, table)')
            [CompletionResult]::new('--raw-text', '--raw-text', [CompletionResultType]::ParameterName, 'Leave CSV cells alone that a spreadsheet would run as a formula')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show requests, answers and waits on standard error; twice: headers too, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show requests, answers and waits on standard error; twice: headers too, without secrets')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No notes on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No notes on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pc-usage;login' {
            [CompletionResult]::new('--tenant-id', '--tenant-id', [CompletionResultType]::ParameterName, 'The partner''s tenant: its id or domain [env: PC_USAGE_TENANT_ID]')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'The app registration''s id [env: PC_USAGE_CLIENT_ID]')
            [CompletionResult]::new('--client-secret-file', '--client-secret-file', [CompletionResultType]::ParameterName, 'Read the app''s secret from a file (`-` is standard input) [env: PC_USAGE_CLIENT_SECRET, the secret itself]')
            [CompletionResult]::new('--refresh-token-file', '--refresh-token-file', [CompletionResultType]::ParameterName, 'Store this refresh token in place of signing in by device code (`-` is standard input)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]')
            [CompletionResult]::new('--out-file', '--out-file', [CompletionResultType]::ParameterName, 'Write the report there, replacing the file in one step (`-` is standard output)')
            [CompletionResult]::new('--delimiter', '--delimiter', [CompletionResultType]::ParameterName, 'Delimiter of the CSV: one ASCII character, `\t` for a tab [default: ,]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour in the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Which stored sign-in [default: default] [env: PC_USAGE_PROFILE]')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'Microsoft''s cloud [default: global] [env: PC_USAGE_CLOUD]')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Address of the service [default: the cloud''s] [env: PC_USAGE_BASE_URL]')
            [CompletionResult]::new('--authority', '--authority', [CompletionResultType]::ParameterName, 'Address of the sign-in service [default: the cloud''s] [env: PC_USAGE_AUTHORITY]')
            [CompletionResult]::new('--locale', '--locale', [CompletionResultType]::ParameterName, 'Language of the service''s texts [default: en-US]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Extra attempts, 0 to 10 [default: 3]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest duration of one attempt, 1 to 3600 [default: 180]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'All waiting between attempts, 0 to 86400 [default: 120]')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Report on the built-in sample Partner Center: no account, no network')
            [CompletionResult]::new('--excel', '--excel', [CompletionResultType]::ParameterName, 'CSV for Excel: byte order mark and CRLF')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'No header row (CSV, table)')
            [CompletionResult]::new('--raw-text', '--raw-text', [CompletionResultType]::ParameterName, 'Leave CSV cells alone that a spreadsheet would run as a formula')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show requests, answers and waits on standard error; twice: headers too, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show requests, answers and waits on standard error; twice: headers too, without secrets')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No notes on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No notes on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pc-usage;logout' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]')
            [CompletionResult]::new('--out-file', '--out-file', [CompletionResultType]::ParameterName, 'Write the report there, replacing the file in one step (`-` is standard output)')
            [CompletionResult]::new('--delimiter', '--delimiter', [CompletionResultType]::ParameterName, 'Delimiter of the CSV: one ASCII character, `\t` for a tab [default: ,]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour in the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Which stored sign-in [default: default] [env: PC_USAGE_PROFILE]')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'Microsoft''s cloud [default: global] [env: PC_USAGE_CLOUD]')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Address of the service [default: the cloud''s] [env: PC_USAGE_BASE_URL]')
            [CompletionResult]::new('--authority', '--authority', [CompletionResultType]::ParameterName, 'Address of the sign-in service [default: the cloud''s] [env: PC_USAGE_AUTHORITY]')
            [CompletionResult]::new('--locale', '--locale', [CompletionResultType]::ParameterName, 'Language of the service''s texts [default: en-US]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Extra attempts, 0 to 10 [default: 3]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest duration of one attempt, 1 to 3600 [default: 180]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'All waiting between attempts, 0 to 86400 [default: 120]')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Report on the built-in sample Partner Center: no account, no network')
            [CompletionResult]::new('--excel', '--excel', [CompletionResultType]::ParameterName, 'CSV for Excel: byte order mark and CRLF')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'No header row (CSV, table)')
            [CompletionResult]::new('--raw-text', '--raw-text', [CompletionResultType]::ParameterName, 'Leave CSV cells alone that a spreadsheet would run as a formula')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show requests, answers and waits on standard error; twice: headers too, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show requests, answers and waits on standard error; twice: headers too, without secrets')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No notes on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No notes on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pc-usage;status' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]')
            [CompletionResult]::new('--out-file', '--out-file', [CompletionResultType]::ParameterName, 'Write the report there, replacing the file in one step (`-` is standard output)')
            [CompletionResult]::new('--delimiter', '--delimiter', [CompletionResultType]::ParameterName, 'Delimiter of the CSV: one ASCII character, `\t` for a tab [default: ,]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour in the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Which stored sign-in [default: default] [env: PC_USAGE_PROFILE]')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'Microsoft''s cloud [default: global] [env: PC_USAGE_CLOUD]')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Address of the service [default: the cloud''s] [env: PC_USAGE_BASE_URL]')
            [CompletionResult]::new('--authority', '--authority', [CompletionResultType]::ParameterName, 'Address of the sign-in service [default: the cloud''s] [env: PC_USAGE_AUTHORITY]')
            [CompletionResult]::new('--locale', '--locale', [CompletionResultType]::ParameterName, 'Language of the service''s texts [default: en-US]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Extra attempts, 0 to 10 [default: 3]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest duration of one attempt, 1 to 3600 [default: 180]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'All waiting between attempts, 0 to 86400 [default: 120]')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Report on the built-in sample Partner Center: no account, no network')
            [CompletionResult]::new('--excel', '--excel', [CompletionResultType]::ParameterName, 'CSV for Excel: byte order mark and CRLF')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'No header row (CSV, table)')
            [CompletionResult]::new('--raw-text', '--raw-text', [CompletionResultType]::ParameterName, 'Leave CSV cells alone that a spreadsheet would run as a formula')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show requests, answers and waits on standard error; twice: headers too, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show requests, answers and waits on standard error; twice: headers too, without secrets')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No notes on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No notes on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pc-usage;completions' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]')
            [CompletionResult]::new('--out-file', '--out-file', [CompletionResultType]::ParameterName, 'Write the report there, replacing the file in one step (`-` is standard output)')
            [CompletionResult]::new('--delimiter', '--delimiter', [CompletionResultType]::ParameterName, 'Delimiter of the CSV: one ASCII character, `\t` for a tab [default: ,]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour in the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Which stored sign-in [default: default] [env: PC_USAGE_PROFILE]')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'Microsoft''s cloud [default: global] [env: PC_USAGE_CLOUD]')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Address of the service [default: the cloud''s] [env: PC_USAGE_BASE_URL]')
            [CompletionResult]::new('--authority', '--authority', [CompletionResultType]::ParameterName, 'Address of the sign-in service [default: the cloud''s] [env: PC_USAGE_AUTHORITY]')
            [CompletionResult]::new('--locale', '--locale', [CompletionResultType]::ParameterName, 'Language of the service''s texts [default: en-US]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Extra attempts, 0 to 10 [default: 3]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest duration of one attempt, 1 to 3600 [default: 180]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'All waiting between attempts, 0 to 86400 [default: 120]')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Report on the built-in sample Partner Center: no account, no network')
            [CompletionResult]::new('--excel', '--excel', [CompletionResultType]::ParameterName, 'CSV for Excel: byte order mark and CRLF')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'No header row (CSV, table)')
            [CompletionResult]::new('--raw-text', '--raw-text', [CompletionResultType]::ParameterName, 'Leave CSV cells alone that a spreadsheet would run as a formula')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show requests, answers and waits on standard error; twice: headers too, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show requests, answers and waits on standard error; twice: headers too, without secrets')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'No notes on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'No notes on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
