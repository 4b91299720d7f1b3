# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_pc_usage_global_optspecs
    string join \n customers= all input= demo o/output= out-file= excel delimiter= no-header raw-text color= where= sort= columns= summary compare= fail-if= fail-on-empty token-file= profile= cloud= base-url= authority= locale= retries= jobs= timeout= max-wait= v/verbose q/quiet h/help V/version
end

function __fish_pc_usage_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_pc_usage_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_pc_usage_using_subcommand
    set -l cmd (__fish_pc_usage_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c pc-usage -n "__fish_pc_usage_needs_command" -l customers -d 'Report on the customers listed in a file (`-` is standard input): one id a line, or the CSV of `customers`' -r -F
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l input -d 'Report on a saved JSON answer (`-` is standard input): no network, no token' -r -F
complete -c pc-usage -n "__fish_pc_usage_needs_command" -s o -l output -d 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]' -r -f -a "table\t'For people'
csv\t'For spreadsheets'
json\t'The service\'s answer as it came'
jsonl\t'One object a row'"
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l out-file -d 'Write the report there, replacing the file in one step (`-` is standard output)' -r -F
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l delimiter -d 'Delimiter of the CSV: one ASCII character, `\\t` for a tab [default: ,]' -r
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l color -d 'Colour in the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'In a terminal'
always\t''
never\t''"
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l where -d 'Show only rows for which this holds, such as \'product ~ E3 and idle > 10\'; repeatable, all must hold' -r
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l sort -d 'Sort by these fields, such as `product,idle:desc`; repeatable, the first key counts most; rows without a value come last' -r
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l columns -d 'Show these fields, in this order: `product,idle,usage`; repeatable' -r
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l compare -d 'Add what changed since an earlier answer that `-o json` wrote (`-` is standard input)' -r -F
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l fail-if -d 'Exit with 10 if this holds for a row that is shown, such as \'age > 7\'; repeatable, one match is enough' -r
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l token-file -d 'Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]' -r -F
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l profile -d 'Which stored sign-in [default: default] [env: PC_USAGE_PROFILE]' -r
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l cloud -d 'Microsoft\'s cloud [default: global] [env: PC_USAGE_CLOUD]' -r -f -a "global\t'Worldwide'
usgov\t'US Government'
china\t'China, operated by 21Vianet'"
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l base-url -d 'Address of the service [default: the cloud\'s] [env: PC_USAGE_BASE_URL]' -r
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l authority -d 'Address of the sign-in service [default: the cloud\'s] [env: PC_USAGE_AUTHORITY]' -r
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l locale -d 'Language of the service\'s texts [default: en-US]' -r
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l retries -d 'Extra attempts, 0 to 10 [default: 3]' -r
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l jobs -d 'Customers fetched at a time, 1 to 32 [default: 4] [env: PC_USAGE_JOBS]' -r
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l timeout -d 'Longest duration of one attempt, 1 to 3600 [default: 180]' -r
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l max-wait -d 'All waiting between attempts, 0 to 86400 [default: 120]' -r
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l all -d 'Report on every customer of the partner'
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l demo -d 'Report on the built-in sample Partner Center: no account, no network'
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l excel -d 'CSV for Excel: byte order mark and CRLF'
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l no-header -d 'No header row (CSV, table)'
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l raw-text -d 'Leave CSV cells alone that a spreadsheet would run as a formula'
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l summary -d 'One row a product, each seat counted once over its workloads; its percentage is ours: active × 100 ÷ qualified'
complete -c pc-usage -n "__fish_pc_usage_needs_command" -l fail-on-empty -d 'Exit with 11 if the service has no rows'
complete -c pc-usage -n "__fish_pc_usage_needs_command" -s v -l verbose -d 'Show requests, answers and waits on standard error; twice: headers too, without secrets'
complete -c pc-usage -n "__fish_pc_usage_needs_command" -s q -l quiet -d 'No notes on standard error'
complete -c pc-usage -n "__fish_pc_usage_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pc-usage -n "__fish_pc_usage_needs_command" -s V -l version -d 'Print version'
complete -c pc-usage -n "__fish_pc_usage_needs_command" -a "customers" -d 'List the partner\'s customers'
complete -c pc-usage -n "__fish_pc_usage_needs_command" -a "login" -d 'Sign in once, so that later runs need nobody'
complete -c pc-usage -n "__fish_pc_usage_needs_command" -a "logout" -d 'Forget a stored sign-in'
complete -c pc-usage -n "__fish_pc_usage_needs_command" -a "status" -d 'Show where the token comes from and what is known of it, without the network'
complete -c pc-usage -n "__fish_pc_usage_needs_command" -a "completions" -d 'Print a completion script for a shell'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l where -d 'List only customers for which this holds, such as \'companyName ~ contoso\'; repeatable, all must hold' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l sort -d 'Sort by these fields, such as `companyName` or `domain:desc`; repeatable' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l columns -d 'Show these fields, in this order: `customerId,companyName`; repeatable' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -s o -l output -d 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]' -r -f -a "table\t'For people'
csv\t'For spreadsheets'
json\t'The service\'s answer as it came'
jsonl\t'One object a row'"
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l out-file -d 'Write the report there, replacing the file in one step (`-` is standard output)' -r -F
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l delimiter -d 'Delimiter of the CSV: one ASCII character, `\\t` for a tab [default: ,]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l color -d 'Colour in the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'In a terminal'
always\t''
never\t''"
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l token-file -d 'Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]' -r -F
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l profile -d 'Which stored sign-in [default: default] [env: PC_USAGE_PROFILE]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l cloud -d 'Microsoft\'s cloud [default: global] [env: PC_USAGE_CLOUD]' -r -f -a "global\t'Worldwide'
usgov\t'US Government'
china\t'China, operated by 21Vianet'"
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l base-url -d 'Address of the service [default: the cloud\'s] [env: PC_USAGE_BASE_URL]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l authority -d 'Address of the sign-in service [default: the cloud\'s] [env: PC_USAGE_AUTHORITY]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l locale -d 'Language of the service\'s texts [default: en-US]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l retries -d 'Extra attempts, 0 to 10 [default: 3]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l timeout -d 'Longest duration of one attempt, 1 to 3600 [default: 180]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l max-wait -d 'All waiting between attempts, 0 to 86400 [default: 120]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l demo -d 'Report on the built-in sample Partner Center: no account, no network'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l excel -d 'CSV for Excel: byte order mark and CRLF'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l no-header -d 'No header row (CSV, table)'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -l raw-text -d 'Leave CSV cells alone that a spreadsheet would run as a formula'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -s v -l verbose -d 'Show requests, answers and waits on standard error; twice: headers too, without secrets'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -s q -l quiet -d 'No notes on standard error'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand customers" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l tenant-id -d 'The partner\'s tenant: its id or domain [env: PC_USAGE_TENANT_ID]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l client-id -d 'The app registration\'s id [env: PC_USAGE_CLIENT_ID]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l client-secret-file -d 'Read the app\'s secret from a file (`-` is standard input) [env: PC_USAGE_CLIENT_SECRET, the secret itself]' -r -F
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l refresh-token-file -d 'Store this refresh token in place of signing in by device code (`-` is standard input)' -r -F
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -s o -l output -d 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]' -r -f -a "table\t'For people'
csv\t'For spreadsheets'
json\t'The service\'s answer as it came'
jsonl\t'One object a row'"
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l out-file -d 'Write the report there, replacing the file in one step (`-` is standard output)' -r -F
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l delimiter -d 'Delimiter of the CSV: one ASCII character, `\\t` for a tab [default: ,]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l color -d 'Colour in the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'In a terminal'
always\t''
never\t''"
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l token-file -d 'Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]' -r -F
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l profile -d 'Which stored sign-in [default: default] [env: PC_USAGE_PROFILE]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l cloud -d 'Microsoft\'s cloud [default: global] [env: PC_USAGE_CLOUD]' -r -f -a "global\t'Worldwide'
usgov\t'US Government'
china\t'China, operated by 21Vianet'"
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l base-url -d 'Address of the service [default: the cloud\'s] [env: PC_USAGE_BASE_URL]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l authority -d 'Address of the sign-in service [default: the cloud\'s] [env: PC_USAGE_AUTHORITY]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l locale -d 'Language of the service\'s texts [default: en-US]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l retries -d 'Extra attempts, 0 to 10 [default: 3]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l timeout -d 'Longest duration of one attempt, 1 to 3600 [default: 180]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l max-wait -d 'All waiting between attempts, 0 to 86400 [default: 120]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l demo -d 'Report on the built-in sample Partner Center: no account, no network'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l excel -d 'CSV for Excel: byte order mark and CRLF'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l no-header -d 'No header row (CSV, table)'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -l raw-text -d 'Leave CSV cells alone that a spreadsheet would run as a formula'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -s v -l verbose -d 'Show requests, answers and waits on standard error; twice: headers too, without secrets'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -s q -l quiet -d 'No notes on standard error'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -s o -l output -d 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]' -r -f -a "table\t'For people'
csv\t'For spreadsheets'
json\t'The service\'s answer as it came'
jsonl\t'One object a row'"
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -l out-file -d 'Write the report there, replacing the file in one step (`-` is standard output)' -r -F
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -l delimiter -d 'Delimiter of the CSV: one ASCII character, `\\t` for a tab [default: ,]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -l color -d 'Colour in the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'In a terminal'
always\t''
never\t''"
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -l token-file -d 'Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]' -r -F
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -l profile -d 'Which stored sign-in [default: default] [env: PC_USAGE_PROFILE]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -l cloud -d 'Microsoft\'s cloud [default: global] [env: PC_USAGE_CLOUD]' -r -f -a "global\t'Worldwide'
usgov\t'US Government'
china\t'China, operated by 21Vianet'"
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -l base-url -d 'Address of the service [default: the cloud\'s] [env: PC_USAGE_BASE_URL]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -l authority -d 'Address of the sign-in service [default: the cloud\'s] [env: PC_USAGE_AUTHORITY]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -l locale -d 'Language of the service\'s texts [default: en-US]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -l retries -d 'Extra attempts, 0 to 10 [default: 3]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -l timeout -d 'Longest duration of one attempt, 1 to 3600 [default: 180]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -l max-wait -d 'All waiting between attempts, 0 to 86400 [default: 120]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -l demo -d 'Report on the built-in sample Partner Center: no account, no network'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -l excel -d 'CSV for Excel: byte order mark and CRLF'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -l no-header -d 'No header row (CSV, table)'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -l raw-text -d 'Leave CSV cells alone that a spreadsheet would run as a formula'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -s v -l verbose -d 'Show requests, answers and waits on standard error; twice: headers too, without secrets'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -s q -l quiet -d 'No notes on standard error'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -s o -l output -d 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]' -r -f -a "table\t''
json\t''"
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -l out-file -d 'Write the report there, replacing the file in one step (`-` is standard output)' -r -F
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -l delimiter -d 'Delimiter of the CSV: one ASCII character, `\\t` for a tab [default: ,]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -l color -d 'Colour in the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'In a terminal'
always\t''
never\t''"
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -l token-file -d 'Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]' -r -F
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -l profile -d 'Which stored sign-in [default: default] [env: PC_USAGE_PROFILE]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -l cloud -d 'Microsoft\'s cloud [default: global] [env: PC_USAGE_CLOUD]' -r -f -a "global\t'Worldwide'
usgov\t'US Government'
china\t'China, operated by 21Vianet'"
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -l base-url -d 'Address of the service [default: the cloud\'s] [env: PC_USAGE_BASE_URL]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -l authority -d 'Address of the sign-in service [default: the cloud\'s] [env: PC_USAGE_AUTHORITY]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -l locale -d 'Language of the service\'s texts [default: en-US]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -l retries -d 'Extra attempts, 0 to 10 [default: 3]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -l timeout -d 'Longest duration of one attempt, 1 to 3600 [default: 180]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -l max-wait -d 'All waiting between attempts, 0 to 86400 [default: 120]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -l demo -d 'Report on the built-in sample Partner Center: no account, no network'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -l excel -d 'CSV for Excel: byte order mark and CRLF'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -l no-header -d 'No header row (CSV, table)'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -l raw-text -d 'Leave CSV cells alone that a spreadsheet would run as a formula'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -s v -l verbose -d 'Show requests, answers and waits on standard error; twice: headers too, without secrets'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -s q -l quiet -d 'No notes on standard error'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -s o -l output -d 'Format of the report [default: table] [env: PC_USAGE_OUTPUT]' -r -f -a "table\t'For people'
csv\t'For spreadsheets'
json\t'The service\'s answer as it came'
jsonl\t'One object a row'"
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -l out-file -d 'Write the report there, replacing the file in one step (`-` is standard output)' -r -F
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -l delimiter -d 'Delimiter of the CSV: one ASCII character, `\\t` for a tab [default: ,]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -l color -d 'Colour in the table [default: auto] [env: NO_COLOR, CLICOLOR_FORCE]' -r -f -a "auto\t'In a terminal'
always\t''
never\t''"
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -l token-file -d 'Read the access token from a file (`-` is standard input) [env: PC_USAGE_ACCESS_TOKEN, the token itself]' -r -F
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -l profile -d 'Which stored sign-in [default: default] [env: PC_USAGE_PROFILE]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -l cloud -d 'Microsoft\'s cloud [default: global] [env: PC_USAGE_CLOUD]' -r -f -a "global\t'Worldwide'
usgov\t'US Government'
china\t'China, operated by 21Vianet'"
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -l base-url -d 'Address of the service [default: the cloud\'s] [env: PC_USAGE_BASE_URL]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -l authority -d 'Address of the sign-in service [default: the cloud\'s] [env: PC_USAGE_AUTHORITY]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -l locale -d 'Language of the service\'s texts [default: en-US]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -l retries -d 'Extra attempts, 0 to 10 [default: 3]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -l timeout -d 'Longest duration of one attempt, 1 to 3600 [default: 180]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -l max-wait -d 'All waiting between attempts, 0 to 86400 [default: 120]' -r
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -l demo -d 'Report on the built-in sample Partner Center: no account, no network'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -l excel -d 'CSV for Excel: byte order mark and CRLF'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -l no-header -d 'No header row (CSV, table)'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -l raw-text -d 'Leave CSV cells alone that a spreadsheet would run as a formula'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -s v -l verbose -d 'Show requests, answers and waits on standard error; twice: headers too, without secrets'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -s q -l quiet -d 'No notes on standard error'
complete -c pc-usage -n "__fish_pc_usage_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
