#!/usr/bin/env bash
# Makes includes.txt and fovea/bindings/*.java anew from native/include/fovea.h.
#
# Run it after every change of the header, and after a merge that left conflicts in the generated files: they are
# replaced as a whole, so there is nothing to resolve in them. Needs only a `jextract` on the path, with a libclang
# of version 13 to 15 inside: later ones name anonymous unions after the file and line that they stand in.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

header=native/include/fovea.h
includes=bindings/includes.txt
output=bindings/fovea/bindings

fail() {
    echo "regenerate.sh: $*" >&2
    exit 1
}

command -v jextract >/dev/null || fail "there is no jextract on the path; put one there (https://jdk.java.net/jextract)"
[ -f "$header" ] || fail "$header is missing"
! grep -nE '^(<<<<<<<|=======|>>>>>>>)' "$header" >&2 || fail "resolve the merge conflict in $header first"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Everything of ours and nothing of libc: unfiltered, the macros of every system header would become Java methods.
jextract --dump-includes "$work/all.txt" "$header" 2>"$work/log" || { cat "$work/log" >&2; fail "jextract cannot read $header"; }
{
    echo "# What jextract takes from fovea.h. Written by regenerate.sh."
    awk '$1 ~ /^--include-/ && $2 ~ /^(fov|FOV)_/ { print $1, $2 }' "$work/all.txt"
} >"$work/includes.txt"
grep -q '^--include-function' "$work/includes.txt" || fail "$header declares no fov_ function"

# No --library: the bindings look their symbols up in whatever library the loader has loaded.
jextract --output "$work" --target-package fovea.bindings --header-class-name FoveaNative \
    "@$work/includes.txt" "$header" 2>"$work/log" || { cat "$work/log" >&2; fail "jextract cannot bind $header"; }
# An opaque struct has no layout and needs no class; anything else that was left out is a mistake in the header.
! grep -v 'Skipping [A-Za-z0-9_]* (type Declared(' "$work/log" >&2 || fail "jextract left out part of $header, see above"

! grep -nF '$anon$' "$work"/fovea/bindings/*.java >&2 ||
    fail "write \`typedef struct fov_x {...} fov_x\`: unnamed, a struct is called after its line in $header"

# `long` is 4 bytes on Windows, where output made elsewhere would fail in class initialisation.
shared="$work/fovea/bindings/FoveaNative\$shared.java"
sed '/ C_LONG = /d' "$shared" >"$work/shared.java"
mv "$work/shared.java" "$shared"
! grep -nw C_LONG "$work"/fovea/bindings/*.java >&2 || fail "a type in $header is a C long (also: int64_t, size_t); use fov_i64"

mkdir -p "$output"
rm -f "$output"/*.java
mv "$work"/fovea/bindings/*.java "$output/"
mv "$work/includes.txt" "$includes"
echo "$(grep -c '^--include-function' "$includes") function(s) of $header bound in $output"
