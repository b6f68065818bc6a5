#!/bin/sh
# Maintainers only: make static/anonymity/voice.js from the modules here and the exact versions in package-lock.json.
# The output is committed, so users never need npm. Packages go to a folder outside the tree; give
# VOICE_BUILD to keep it between runs. After a change of versions: run `npm install --package-lock-only` there,
# and take the lines "resolved" out of package-lock.json, for they name whatever mirror was used.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${VOICE_BUILD:-$(mktemp -d)}
mkdir -p "$build"
rm -f "$build"/*.mjs
cp "$here"/* "$build"/
cd "$build"
[ -d node_modules ] || npm ci --no-audit --no-fund --silent
node build.mjs "$here/../static/anonymity"
