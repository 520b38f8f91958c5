#!/usr/bin/env bash
# Leaves of each corpus (or of those that are named) as few entries as reach the same edges: `minimise.sh [TARGET]...`
# New entries come from the seeds and from what `cargo fuzz run` has left in fuzz/corpus. Entries whose name has an underscore
# stay as they are: see `kept` in targets/src/seeds.rs.
set -euo pipefail
cd "$(dirname "$0")"
cargo run --quiet --manifest-path ../Cargo.toml -p pinnace-fuzz-targets --example seeds
for target in ${*:-$(cargo-fuzz list)}; do
  least="$(mktemp -d)"
  find "corpus/$target" -type f -name '*_*' -exec cp {} "$least" \;
  cargo +nightly fuzz run -s none "$target" "$least" "corpus/$target" "seeds/$target" -- -set_cover_merge=1 -use_counters=0 -max_len=4096
  find "corpus/$target" -type f -delete
  number=0
  for entry in "$least"/*; do
    case "${entry##*/}" in
      *_*) mv "$entry" "corpus/$target" ;;
      *)
        mv "$entry" "$(printf 'corpus/%s/%04d' "$target" "$number")"
        number=$((number + 1))
        ;;
    esac
  done
  rmdir "$least"
done
