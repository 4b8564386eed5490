# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion for bash. What there is comes from `fairlead --help`, so that it fits the fairlead that is typed.

_fairlead() {
    local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command='' help kind words
    ((COMP_CWORD > 1)) && command=${COMP_WORDS[1]}
    help=$("$program" ${command:+"$command"} --help 2>/dev/null) || return
    # "  -c,--config FILE REQUIRED": what is to follow --config.
    kind=$(sed -nE "s/^  (-[a-z],)?${previous//[^-a-z]/}( |,--[-a-z]+ )([A-Z]+).*/\3/p" <<<"$help")
    case $kind in
        '') ;;
        FILE | PATH)
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            compopt -o filenames 2>/dev/null
            return ;;
        *) return ;; # a word of the operator's own
    esac
    if [[ -z $command ]]; then
        words=$(sed -nE 's/^  ([a-z][-a-z]*) .*/\1/p' <<<"$help")
    elif [[ $current == -* ]]; then
        words=$(sed -nE 's/^  (-[a-z],)?(--[-a-z]+).*/\2/p' <<<"$help")
    elif grep -q '^  FILE TEXT' <<<"$help"; then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        compopt -o filenames 2>/dev/null
        return
    else # "  STATE TEXT:{up,down}": words of a positional
        words=$(sed -nE 's/^  [A-Z]+ TEXT:\{([^}]*)\}.*/\1/p' <<<"$help" | tr , ' ')
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _fairlead fairlead
