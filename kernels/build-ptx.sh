#!/usr/bin/env bash
# kernels/build-ptx.sh          compiles every kernel's CUDA C into kernels/ptx/<arch>/<kernel>.ptx
# kernels/build-ptx.sh --check  fails where the committed PTX is not what that would write
# Needs clang-19 and the .NET 10 SDK; no CUDA. A file begins with the hash of the text that it was made from.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

mode=${1:-build}
if [ $# -gt 1 ] || { [ "$mode" != build ] && [ "$mode" != --check ]; }; then
    echo "usage: kernels/build-ptx.sh [--check]" >&2
    exit 2
fi
if ! command -v clang-19 > /dev/null; then
    echo "clang-19 is absent (Debian and Ubuntu: apt-get install clang-19)" >&2
    exit 1
fi

committed=kernels/ptx
compiler=$(clang-19 --version | head -1)
# Another release may order its instructions otherwise; the hashes in the files, which tests compare, do not depend on it.
if [ "$mode" = --check ] && [ "$(cat "$committed/COMPILER" 2> /dev/null)" != "$compiler" ]; then
    echo "PTX not compared: it was made by '$(cat "$committed/COMPILER" 2> /dev/null)', here is '$compiler'"
    exit
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet run -c Release --project src/LstmGpu.Cli -- kernels --write "$work/text"

# The flags that the numbers depend on: src/LstmGpu.KernelCompiler/README.md. fp contract(fast) in a text goes before -ffp-contract=off.
compile() {
    local text=$work/text/$1.cu ptx=$work/ptx/$2/$1.ptx
    echo "// source sha256: $(sha256sum < "$text" | cut -d ' ' -f 1)" > "$ptx"
    clang-19 -x cuda --cuda-gpu-arch="$2" -nocudainc -nocudalib --cuda-device-only -O2 -ffp-contract=off \
        -Xclang -target-feature -Xclang +ptx80 -S "$text" -o - >> "$ptx"
}
export -f compile
export work
architectures="sm_70 sm_80 sm_90a"
for architecture in $architectures; do
    mkdir -p "$work/ptx/$architecture"
    for text in "$work"/text/*.cu; do
        # The first line of a text that not every device runs says from which architecture on.
        least=$(sed -n '1s|^// sm_\([0-9]*\) and later$|\1|p' "$text")
        number=${architecture//[!0-9]/}
        [ "$number" -lt "${least:-0}" ] || echo "$(basename "$text" .cu) $architecture"
    done
done | xargs -P "$(nproc)" -L 1 bash -euo pipefail -c 'compile "$@"' compile

echo "$compiler" > "$work/ptx/COMPILER"
mkdir -p "$committed"
differing=$({ (cd "$committed" && find . -type f); (cd "$work/ptx" && find . -type f); } | sort -u | while read -r file; do
    cmp -s "$committed/$file" "$work/ptx/$file" || echo "$committed/${file#./}"
done)
if [ "$mode" = --check ]; then
    if [ -n "$differing" ]; then
        echo "$differing"
        echo "found PTX that its kernel does not compile to; run kernels/build-ptx.sh and commit kernels/ptx" >&2
        exit 1
    fi
    echo "PTX is up to date"
    exit
fi

for file in $differing; do
    built=$work/ptx/${file#"$committed"/}
    if [ -f "$built" ]; then
        mkdir -p "$(dirname "$file")"
        cp "$built" "$file"
    else
        rm "$file"
    fi
    echo "$file"
done
find "$committed" -type d -empty -delete
echo "$(find "$committed" -type f | wc -l) files, $(cat "$committed"/*/*.ptx | wc -c) bytes"
