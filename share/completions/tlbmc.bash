# Completion of tlbmc for bash. Commands, options and their values are asked of the tool itself.
_tlbmc() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} tool=${COMP_WORDS[0]}
  local help words
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    words="$("$tool" --help 2> /dev/null | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p') --help --version"
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    return
  fi
  help=$("$tool" "${COMP_WORDS[1]}" --help 2> /dev/null) || return
  if [[ $previous == -* ]]; then
    words=$(sed -n "s/^  \(-[a-z],\)\{0,1\}$previous TEXT:{\([^}]*\)}.*/\2/p" <<< "$help" | tr , ' ')
    [[ $previous != --property ]] || words=$("$tool" schema case 2> /dev/null |
      sed -n 's/.*"property": {"enum": \[\(.*\)\]}.*/\1/p' | tr -d '",')
    if [[ -n $words ]]; then
      mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
      return
    fi
  fi
  if [[ $current == -* ]]; then
    words=$(grep -Eo '^  (-[a-z],)?--[a-z-]+' <<< "$help" | grep -o -- '--[a-z-]*')
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  else
    [[ ${COMP_WORDS[1]} != schema ]] || words=$(sed -n 's/^  KIND TEXT:{\([^}]*\)}.*/\1/p' <<< "$help" | tr , ' ')
    mapfile -t COMPREPLY < <(if [[ -n ${words:-} ]]; then compgen -W "$words" -- "$current"; else compgen -f -- "$current"; fi)
  fi
}
complete -o filenames -F _tlbmc tlbmc
