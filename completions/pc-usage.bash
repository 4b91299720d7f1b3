# Completion of pc-usage in bash, with or without the package bash-completion. The program says what may come next.

_pc_usage() {
    local words=() word='' rest='' piece value path
    # Bash also cuts words at = and :, which are put together again; $2 is the last piece up to the cursor.
    for piece in "${COMP_WORDS[@]:0:COMP_CWORD}"; do
        if [[ ${#words[@]} -gt 1 && ($word == *[=:] || $piece == [=:]*) ]]; then
            word+=$piece
            words[${#words[@]} - 1]=$word
        else
            word=$piece
            words+=("$word")
        fi
    done
    piece=${COMP_WORDS[COMP_CWORD]}
    [[ -z $2 && $piece == [=:]* ]] || piece=$2
    if [[ ${#words[@]} -gt 1 && ($word == *[=:] || $piece == [=:]*) ]]; then
        rest=$word${piece%"$2"}
        words[${#words[@]} - 1]=$rest$2
    else
        words+=("$piece")
    fi

    COMPREPLY=()
    while IFS= read -r value; do
        if [[ -z $value ]]; then
            # The name of a file.
            compopt -o filenames 2>/dev/null
            path=${2#--*=}
            while IFS= read -r value; do
                COMPREPLY+=("$value")
            done < <(compgen -P "${2%"$path"}" -f -- "$path")
        else
            value=${value%%$'\t'*}
            COMPREPLY+=("${value#"$rest"}")
        fi
    done < <(pc-usage completions bash -- "${words[@]}" 2>/dev/null)
}

complete -o nosort -F _pc_usage pc-usage 2>/dev/null || complete -F _pc_usage pc-usage
