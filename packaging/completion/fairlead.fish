# SPDX-License-Identifier: Apache-2.0
# Completion for fish. What there is comes from `fairlead --help`, so that it fits the fairlead that is typed; names of
# endpoints, pools and records come from the running process, where it can be reached.

# __fairlead_names WHAT...: from the process that the line names, or the usual one; nothing when it does not answer.
function __fairlead_names
    set -l words (commandline -opc)
    set -l where
    for i in (seq 2 (count $words))
        contains -- $words[(math $i - 1)] --server --token-file; and set -a where $words[(math $i - 1)] $words[$i]
    end
    for what in $argv
        set -l names (timeout 2 $words[1] list $what $where 2>/dev/null)
        test $what = pools; and set names pool\ $names
        printf '%s\n' $names
    end
end

# __fairlead_value_of OPTION HELP...: what is to follow it: FILE, of "  -c,--config FILE REQUIRED".
function __fairlead_value_of
    string match -q -r -- '^--?[a-z][-a-z]*$' $argv[1]
    and string replace -rf -- "^  (?:-[a-z],)?$argv[1](?: |,--[-a-z]+ )([A-Z]+).*" '$1' $argv[2..]
end

# __fairlead_positional HELP...: which is to be next: TARGET, of "  TARGET TEXT REQUIRED".
function __fairlead_positional
    set -l words (commandline -opc)
    set -l position 1
    for i in (seq 3 (count $words))
        string match -q -- '-*' $words[$i]; or __fairlead_value_of $words[(math $i - 1)] $argv >/dev/null
        or set position (math $position + 1)
    end
    set -l kinds (string replace -rf '^  ([A-Z]+) TEXT.*' '$1' $argv)
    echo $kinds[$position]
end

function __fairlead_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l help ($words[1] $words[2] --help 2>/dev/null)
    if test (count $words) -eq 1
        string replace -rf '^  ([a-z][-a-z]*) +(.*)' '$1\t$2' $help
        return
    end
    set -l kind (__fairlead_value_of $words[-1] $help)
    if test -z "$kind"; and not string match -q -- '-*' $current
        set kind (__fairlead_positional $help)
    end
    switch "$kind"
        case FILE PATH
            __fish_complete_path $current
        case TARGET
            __fairlead_names endpoints pools
        case ENDPOINT
            __fairlead_names endpoints
        case NAME
            __fairlead_names records
        case STATE LEVEL WHAT # "  STATE TEXT:{up,down}"
            string replace -rf "^  $kind TEXT:\{([^}]*)\}.*" '$1' $help | string split ,
        case '' # else a word of the operator's own
            string match -q -r '^(-.*)?$' -- "$current"
            and string replace -rf -- '^  (?:-[a-z],)?(--[-a-z]+)(?:.* {2,})? ?(.*)' '$1\t$2' $help
    end
end

complete -c fairlead -f -a '(__fairlead_complete)'
