#!/usr/bin/env bash
# How much of the codec the committed corpora reach, in regions:
#   coverage.sh                   a line for each file of wire/src, and the total
#   coverage.sh --min PERCENT     the total; fails when it is less
#   coverage.sh COMMAND [ARG]...  a command of llvm-cov, such as `show --show-regions`
# Needs llvm-profdata and llvm-cov of the major version that `rustc -vV` names; set LLVM_BIN to their folder.
set -euo pipefail
cd "$(dirname "$0")/.."
bin="${LLVM_BIN:-$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/host: //p')/bin}"
target="${CARGO_TARGET_DIR:-$PWD/target}"
# Only crates of the workspace count, so that what others built of the rest serves here, too.
export RUSTC_WORKSPACE_WRAPPER="$PWD/fuzz/instrumented" CARGO_INCREMENTAL=0
profiles="$target/coverage"
rm -rf "$profiles"
mkdir -p "$profiles"
LLVM_PROFILE_FILE="$profiles/build/%p.profraw" cargo build --quiet --workspace --example replay
replay="$profiles/replay"
cp "$target/debug/examples/replay" "$replay"
for corpus in fuzz/corpus/*; do
  LLVM_PROFILE_FILE="$profiles/${corpus##*/}.profraw" "$replay" "${corpus##*/}" "$corpus" 2>"$profiles/told" ||
    { tail -n 20 "$profiles/told"; exit 1; }
done
"$bin/llvm-profdata" merge -sparse "$profiles"/*.profraw -o "$profiles/all.profdata"
cov() { "$bin/llvm-cov" "$1" "$replay" -instr-profile "$profiles/all.profdata" -sources wire/src "${@:2}"; }
if [ "${1:-}" = --min ]; then
  cov report | awk -v min="$2" '$1 == "TOTAL" {
    reached = 100 * ($2 - $3) / $2
    printf "%.2f %% of %d regions of wire/src reached, at least %s %% wanted\n", reached, $2, min
    exit reached < min
  }'
else
  cov "${@:-report}"
fi
