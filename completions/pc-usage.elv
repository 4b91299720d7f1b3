# Completion of pc-usage in elvish. The program says what may come next.

use str

set edit:completion:arg-completer[pc-usage] = {|@words|
    try {
        pc-usage completions elvish -- $@words 2>/dev/null | from-lines | each {|answer|
            if (eq $answer '') {
                # The name of a file.
                edit:complete-filename $@words
            } else {
                var value @help = (str:split "\t" $answer)
                edit:complex-candidate $value &display=(str:join '  ' [$value $@help])
            }
        }
    } catch { nop }
}
