# SPDX-License-Identifier: Apache-2.0
# Completion for fish. What there is comes from `fairlead --help`, so that it fits the fairlead that is typed.

function __fairlead_complete
    set -l words (commandline -opc)
    set -l help ($words[1] $words[2] --help 2>/dev/null)
    if test (count $words) -gt 1
        # "  -c,--config FILE REQUIRED": what is to follow --config.
        switch (string replace -rf -- "^  (?:-[a-z],)?$words[-1](?: |,--[-a-z]+ )([A-Z]+).*" '$1' $help)
            case FILE PATH
                __fish_complete_path (commandline -ct)
                return
            case '?*'
                return
        end
        string replace -rf -- '^  (?:-[a-z],)?(--[-a-z]+)(?:.* {2,})? ?(.*)' '$1\t$2' $help
        string match -q -r '^  FILE TEXT' $help; and __fish_complete_path (commandline -ct)
        string replace -rf '^  [A-Z]+ TEXT:\{([^}]*)\}.*' '$1' $help | string split ,
    else
        string replace -rf '^  ([a-z][-a-z]*) +(.*)' '$1\t$2' $help
    end
end

complete -c fairlead -f -a '(__fairlead_complete)'
