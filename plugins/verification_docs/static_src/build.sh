#!/bin/sh
# Maintainers only: make static/verification_docs/age.js from the exact versions in package-lock.json.
# The output is committed, so users never need npm. Packages go to a folder outside the tree; give
# AGE_BUILD to keep it between runs. After a change of versions: run `npm install --package-lock-only` there,
# and take the lines "resolved" out of package-lock.json, for they name whatever mirror was used.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${AGE_BUILD:-$(mktemp -d)}
mkdir -p "$build"
cp "$here"/* "$build"/
cd "$build"
[ -d node_modules ] || npm ci --no-audit --no-fund --silent
node build.mjs "$here/../static/verification_docs"
