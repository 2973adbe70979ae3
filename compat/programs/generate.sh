# Makes the programs of package ours from those of package theirs.
set -eu
cd "$(dirname "$0")"
for file in theirs/*.go; do
  {
    echo '// Code generated from package theirs. DO NOT EDIT.'
    echo
    sed -e 's,^package theirs,package ours,' -e 's,github.com/IBM/sarama,github.com/seed20e6684a/sarama,' \
      -e 's,^// Package theirs.*,// Package ours is package theirs with another import path.,' "$file"
  } | gofmt >"ours/$(basename "$file")"
done
