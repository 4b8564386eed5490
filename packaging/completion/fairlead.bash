# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion for bash. What there is comes from `fairlead --help`, so that it fits the fairlead that is typed; names of
# endpoints, pools and records come from the running process, where it can be reached.

# _fairlead_names WHAT...: from the process that the line names, or the usual one; nothing when it does not answer.
_fairlead_names() {
    local what word typed previous='' where=()
    read -ra typed <<<"${COMP_LINE:-${COMP_WORDS[*]}}" # COMP_WORDS is cut at colons
    for word in "${typed[@]}"; do
        [[ $previous == --server || $previous == --token-file ]] && where+=("$previous" "$word")
        previous=$word
    done
    for what; do
        timeout 2 "${COMP_WORDS[0]}" list "$what" "${where[@]}" 2>/dev/null |
            if [[ $what == pools ]]; then sed 's/^/pool /'; else cat; fi
    done
}

# _fairlead_offer: those lines of the standard input that begin as the word does, each as one word of the shell.
_fairlead_offer() {
    local line begun=${COMP_WORDS[COMP_CWORD]}
    while IFS= read -r line; do
        line=$(printf %q "$line")
        [[ $line == "$begun"* ]] && COMPREPLY+=("$line")
    done
}

_fairlead() {
    local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command='' help kind word before='' position=1 words
    ((COMP_CWORD > 1)) && command=${COMP_WORDS[1]}
    help=$("$program" ${command:+"$command"} --help 2>/dev/null) || return
    # "  -c,--config FILE REQUIRED": what is to follow --config.
    kind_of() { [[ -z $1 ]] || sed -nE "s/^  (-[a-z],)?${1//[^-a-z]/}( |,--[-a-z]+ )([A-Z]+).*/\3/p" <<<"$help"; }
    kind=$(kind_of "$previous")
    if [[ -z $kind && -n $command && $current != -* ]]; then # which positional it is: "  TARGET TEXT REQUIRED"
        for word in "${COMP_WORDS[@]:2:COMP_CWORD-2}"; do
            [[ $word != -* && -z $(kind_of "$before") ]] && ((++position))
            before=$word
        done
        kind=$(sed -nE 's/^  ([A-Z]+) TEXT.*/\1/p' <<<"$help" | sed -n "${position}p")
    fi
    COMPREPLY=()
    case $kind in
        FILE | PATH)
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            compopt -o filenames 2>/dev/null ;;
        TARGET) _fairlead_offer < <(_fairlead_names endpoints pools) ;;
        ENDPOINT) _fairlead_offer < <(_fairlead_names endpoints) ;;
        NAME) _fairlead_offer < <(_fairlead_names records) ;;
        STATE | LEVEL | WHAT) # "  STATE TEXT:{up,down}"
            words=$(sed -nE "s/^  $kind TEXT:\{([^}]*)\}.*/\1/p" <<<"$help" | tr , ' ')
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
        '')
            if [[ -z $command ]]; then
                words=$(sed -nE 's/^  ([a-z][-a-z]*) .*/\1/p' <<<"$help")
            elif [[ $current == -* || -z $current ]]; then
                words=$(sed -nE 's/^  (-[a-z],)?(--[-a-z]+).*/\2/p' <<<"$help")
            fi
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
    esac # else a word of the operator's own
    unset -f kind_of
}
complete -F _fairlead fairlead
