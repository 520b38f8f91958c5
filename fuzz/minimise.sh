#!/usr/bin/env bash
# Leaves of each corpus (or of those that are named) as few entries as reach the same: `minimise.sh [TARGET]...`
# New entries come from the seeds and from what `cargo fuzz run` has left in fuzz/corpus.
set -euo pipefail
cd "$(dirname "$0")"
cargo run --quiet --manifest-path ../Cargo.toml -p pinnace-fuzz-targets --example seeds
for target in ${*:-$(cargo-fuzz list)}; do
  least="$(mktemp -d)"
  cargo +nightly fuzz run -s none "$target" "$least" "corpus/$target" "seeds/$target" -- -set_cover_merge=1 -max_len=4096
  rm -rf "corpus/$target"
  mkdir -p "corpus/$target"
  number=0
  for entry in "$least"/*; do
    mv "$entry" "$(printf 'corpus/%s/%04d' "$target" "$number")"
    number=$((number + 1))
  done
  rmdir "$least"
done
