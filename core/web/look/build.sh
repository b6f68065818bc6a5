#!/bin/sh
# Maintainers only: make core/static from the sources here. Users never need npm.
# Packages go to a folder outside the tree; give LOOK_BUILD to keep it between runs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${LOOK_BUILD:-$(mktemp -d)}
mkdir -p "$build"
cp "$here"/* "$build"/
cd "$build"
[ -d node_modules ] || npm install --no-package-lock --no-audit --no-fund --silent
node build.mjs "$here/../../static"
