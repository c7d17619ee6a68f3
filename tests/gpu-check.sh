#!/usr/bin/env bash
# All that only a machine with a GPU can tell, in one command: what the devices are, every operation against the reference, a training held against the
# cpu and against itself, the fp32 rows G1 to G13 of the LSTM benchmark and PyTorch beside them. Ends in one table (report.md) and report.json.
# (G1 and G2 in fp32 are G3; G11 is timed layer by layer; G14 needs two directions, which no layer has yet.)
#
#   tests/gpu-check.sh [--device cuda] [--out DIR] [--program FILE] [--torch SCRIPT] [--shapes "ID:T,B,I,H,L[,D] …"] [--repeat 7] [--seconds 540]
#
# Without --program it publishes a self-contained file first (needs the .NET SDK, and once the network for the runtime). On the machine with the GPU
# this script and that file are enough: tests/gpu-check.sh --program ./LstmGpu.Cli. --torch takes a script with the flags --device, --shapes and --repeat
# that prints one JSON object per shape. Each part runs whatever became of the others; exit code 1 where one failed.
set -uo pipefail

device=cuda out="" program="" torch="" repeat=7 seconds=540
shapes="G3:1024,16,768,768,1 G4:512,64,512,512,1 G5:512,16,1024,1024,1 G5:512,64,1024,1024,1 G5:512,128,1024,1024,1
G6:512,32,256,256,1 G6:512,128,256,256,1 G7:784,128,1,128,1 G8:1024,64,64,144,1 G8:1024,64,64,160,1 G8:1024,64,64,192,1
G9:35,20,650,650,2 G10:35,20,1500,1500,2 G11:70,40,400,1150,1 G11:70,40,1150,1150,1 G11:70,40,1150,400,1 G12:256,16,2048,2048,1 G12:256,64,2048,2048,1
G13:50,50,64,64,1 G13:50,50,128,128,1 G13:50,50,256,256,1 G13:50,50,512,512,1 G13:50,50,64,64,2 G13:50,50,128,128,2 G13:50,50,256,256,2
G13:50,50,512,512,2 G13:50,50,64,64,3 G13:50,50,128,128,3 G13:50,50,256,256,3 G13:50,50,512,512,3"
usage() { sed -n '2,11p' "$0" >&2; exit 2; }
while [ $# -gt 0 ]; do
    case $1 in
        --device | --out | --program | --torch | --shapes | --repeat | --seconds) [ $# -ge 2 ] || usage; printf -v "${1#--}" '%s' "$2"; shift 2 ;;
        *) usage ;;
    esac
done
out=${out:-gpu-check-$(date +%Y%m%d-%H%M%S)}
mkdir -p "$out" && out=$(cd "$out" && pwd) || exit 1
rm -f "$out"/*.{json,jsonl,log,md,tsv} "$out"/parts
SECONDS=0
left() { echo $((seconds - SECONDS > 1 ? seconds - SECONDS : 1)); }
number() { sed -n "s/.*\"$1\": *\(-\{0,1\}[0-9][0-9.eE+-]*\).*/\1/p"; }
quoted() { sed 's/\\/\\\\/g; s/"/\\"/g; s/\t/ /g' | tr -d '\r' | tr '\n' ' ' | cut -c 1-400; }

# part NAME COMMAND: runs it within the time left; its last line of output is its result.
failed=0
part() {
    local name=$1 start=$SECONDS code=0
    shift
    "$@" > "$out/$name.log" 2>&1 || code=$?
    local result=passed
    [ $code = 0 ] || { result="FAILED ($code)"; failed=1; }
    printf '%s\t%s\t%s\t%s\n' "$name" "$result" $((SECONDS - start)) "$(tail -1 "$out/$name.log" | cut -c 1-300)" >> "$out/parts"
    echo "$name: $result, $((SECONDS - start)) s: $(tail -1 "$out/$name.log" | cut -c 1-300)"
}
run() { timeout "$(left)" "$program" "$@"; }

publish() {
    local here sources=$out/sources
    here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    rm -rf "$sources" && mkdir -p "$sources"
    # A copy: a publish for one system rewrites the lock files.
    (cd "$here" && git ls-files -co --exclude-standard -z | tar --null --ignore-failed-read -T - -c) | tar -x -C "$sources" || return
    export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
    dotnet publish "$sources/src/LstmGpu.Cli" -c Release -r linux-x64 --self-contained -p:PublishSingleFile=true -o "$out/program" || return
    rm -rf "$sources"
    du -sh "$out/program/LstmGpu.Cli"
}

# Without the network there is no runtime to put in; this machine has one.
framework_dependent() {
    dotnet publish "$out/sources/src/LstmGpu.Cli" -c Release -o "$out/program" || return
    rm -rf "$out/sources"
    echo "not self-contained: runs where .NET 10 is"
}

devices() {
    nvidia-smi --query-gpu=name,driver_version,compute_cap,memory.total,power.limit,clocks.max.sm --format=csv,noheader || echo "nvidia-smi is absent"
    run devices || return
    run devices --json > "$out/devices.json" || return
    run devices | grep "^$device " || { run devices | grep "^$device:"; return 1; }
}

doctor() {
    local code=0
    run doctor --device "$device" --json > "$out/doctor.json" || code=$?
    cat "$out/doctor.json"
    echo "$(grep -o '"operation":' "$out/doctor.json" | wc -l) operations, $(grep -o '"kernel":' "$out/doctor.json" | wc -l) kernels described"
    return $code
}

# A text that the program makes: its own lies beside the file, which may have been copied alone.
settings=(--data "$out/text.txt" --hidden 128 --log-every 10 --eval-every 50 --save-every 50)
training() {
    rm -rf "$out"/run-* "$out/text.txt"
    run data make agreement --sentences 2000 --out "$out/text.txt" || return
    run train "${settings[@]}" --steps 100 --device cpu --out "$out/run-cpu" || return
    run train "${settings[@]}" --steps 100 --device "$device" --out "$out/run-device" || return
    # Every loss within 1e-3 of the cpu's.
    paste <(number loss < "$out/run-cpu/metrics.jsonl") <(number loss < "$out/run-device/metrics.jsonl") |
        awk '{ d = ($1 - $2) / $1; if (d < 0) d = -d; if (d > worst) worst = d; if (NF != 2 || $2 != $2 + 0) bad = 1 }
             END { printf "%d losses, worst difference from the cpu %.2g of the loss, 1e-3 allowed\n", NR, worst; exit bad || NR < 10 || worst > 1e-3 }'
}

bits() {
    rm -rf "$out/run-halves"
    run train "${settings[@]}" --steps 50 --device "$device" --out "$out/run-halves" || return
    run resume "$out/run-halves" --steps 100 || return
    cmp "$out/run-device/metrics.jsonl" "$out/run-halves/metrics.jsonl" || return
    cmp "$out/run-device/checkpoints/step-100/model.safetensors" "$out/run-halves/checkpoints/step-100/model.safetensors" || return
    echo "50 + 50 steps in two processes have the bytes of 100"
}

bench() {
    local entry code=0
    : > "$out/bench.jsonl"
    for entry in $shapes; do
        run bench lstm --device "$device" --shape "${entry#*:}" --repeat "$repeat" --json > "$out/row.json" || { code=1; echo "${entry%%:*} ${entry#*:} failed"; continue; }
        sed "s/^{/{\"id\":\"${entry%%:*}\",/" "$out/row.json" >> "$out/bench.jsonl"
    done
    rm -f "$out/row.json"
    echo "$(wc -l < "$out/bench.jsonl") of $(wc -w <<< "$shapes") rows"
    return $code
}

torch() {
    local entry code=0 kind=cuda
    [ "$device" = "${device#cuda}" ] && kind=cpu
    : > "$out/torch.jsonl"
    python3 -c 'import torch; print("torch", torch.__version__, "cuda", torch.version.cuda, "cudnn", torch.backends.cudnn.version())' || { echo "python3 has no torch"; return 1; }
    for entry in $shapes; do
        timeout "$(left)" python3 "$torch" --device $kind --shapes "${entry#*:}" --repeat "$repeat" > "$out/row.json" || { code=1; echo "${entry#*:} failed"; continue; }
        sed "s/^{/{\"id\":\"${entry%%:*}\",\"for\":\"${entry#*:}\",/" "$out/row.json" >> "$out/torch.jsonl"
    done
    rm -f "$out/row.json"
    echo "$(wc -l < "$out/torch.jsonl") of $(wc -w <<< "$shapes") rows"
    return $code
}

if [ -z "$program" ]; then
    part publish publish
    program=$out/program/LstmGpu.Cli
    if [ ! -x "$program" ] && [ -d "$out/sources" ]; then part publish-with-runtime framework_dependent; fi
    SECONDS=0 # the time is the GPU's
fi
[ ! -x "$program" ] || program=$(realpath "$program")
part devices devices
part doctor doctor
part training training
part bits bits
part bench bench
[ -z "$torch" ] || part torch torch
touch "$out/bench.jsonl" "$out/torch.jsonl"

{
    echo "| what | result | forward ms | forward + backward ms | GFLOP/s | of peak | torch, forward + backward ms | torch / ours |"
    echo "|---|---|---|---|---|---|---|---|"
    while IFS=$'\t' read -r name result took said; do echo "| $name, $took s | $result: ${said//|/\/} | | | | | | |"; done < "$out/parts"
    while read -r row; do
        shape=$(sed 's/.*"shape":\[\([0-9,]*\)\].*/\1/' <<< "$row")
        # Ours prints the directions even where they are 1.
        peer=$(grep -F -e "\"for\":\"$shape\"" -e "\"for\":\"${shape%,1}\"" "$out/torch.jsonl" | head -1 | number forward_backward_ms)
        awk -v id="$(sed 's/.*"id":"\([^"]*\)".*/\1/' <<< "$row")" -v shape="$shape" -v peer="$peer" -v f="$(number forward_ms <<< "$row")" \
            -v fb="$(number forward_backward_ms <<< "$row")" -v g="$(number gflops <<< "$row")" -v share="$(number share_of_peak <<< "$row")" 'BEGIN {
            printf "| %s | %s | %.3f | %.3f | %.0f | %.1f %% | %s | %s |\n", id, shape, f, fb, g, 100 * share, peer == "" ? "" : peer, peer == "" ? "" : sprintf("%.2f", peer / fb) }'
    done < "$out/bench.jsonl"
} > "$out/report.md"

lines() { sed '/^[^{]/d; /^$/d; $!s/$/,/' "$1" 2> /dev/null; }
whole() { if [ -s "$1" ]; then cat "$1"; else echo null; fi; }
{
    echo "{\"date\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\",\"device\":\"$device\",\"seconds\":$SECONDS,\"machine\":\"$(uname -srm | quoted)\","
    echo "\"gpu\":\"$( (nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2> /dev/null || true) | quoted)\",\"parts\":["
    while IFS=$'\t' read -r name result took said; do
        echo "{\"part\":\"$name\",\"result\":\"$result\",\"seconds\":$took,\"said\":\"$(quoted <<< "$said")\"}"
    done < "$out/parts" | sed '$!s/$/,/'
    echo "],\"devices\":$(whole "$out/devices.json"),\"doctor\":$(whole "$out/doctor.json"),\"bench\":["
    lines "$out/bench.jsonl"
    echo "],\"torch\":["
    lines "$out/torch.jsonl"
    echo "]}"
} > "$out/report.json"
echo
cat "$out/report.md"
echo
echo "$out/report.md and $out/report.json, $SECONDS s"
exit $failed
