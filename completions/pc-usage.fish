# Completion of pc-usage in fish. The program says what may come next.

function __pc_usage
    set -l token (commandline --current-token --cut-at-cursor)
    set -l words (commandline --current-process --tokenize --cut-at-cursor) "$token"
    for answer in (pc-usage completions fish -- $words 2>/dev/null)
        if test -n "$answer"
            echo -- $answer
        else
            # The name of a file.
            set -l path (string replace --regex '^--[^=]*=' '' -- "$token")
            set -l lead (string sub --length (math (string length -- "$token") - (string length -- "$path")) -- "$token")
            complete --do-complete "__fish_command_without_completions $path" | string replace --regex '^' -- "$lead"
        end
    end
end

complete --command pc-usage --no-files --keep-order --arguments '(__pc_usage)'
