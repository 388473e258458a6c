#!/bin/sh
# merge_config.sh -m -O BUILD CONFIG FRAGMENT...
build=$3
shift 4
cat "$@" >> "$build/.config"
