#!/usr/bin/env bash
# All that only a machine with a GPU can tell, in one command: what the devices are, every operation against the reference and what the kernels take of the
# device, cases of PyTorch, the time to the first step, a training held against the cpu and against itself, memory and launches, a training step, products
# beside cuBLAS, what a recurrence over many groups is made of, the step of an LSTM in each precision, the fp32 rows G1 to G14 of the LSTM benchmark and PyTorch beside them. Ends in one table (report.md) and report.json.
# (G1 and G2 in fp32 are G3; G11 is timed layer by layer; an ID that ends in v has rows of different lengths.)
#
#   tests/gpu-check.sh [--device cuda] [--out DIR] [--program FILE] [--cases DIR] [--torch SCRIPT] [--shapes "ID:T,B,I,H,L[,D] …"] [--repeat 7]
#                      [--seconds 540] [--parts "devices doctor …"] [--quick]
#
# Without --program it publishes a self-contained file first (needs the .NET SDK, and once the network for the runtime). On the machine with the GPU
# this script and that file are enough: tests/gpu-check.sh --program ./LstmGpu.Cli. --cases takes a folder of what make_case.py made; a folder named cases beside
# the script is taken without. --torch takes a script with the flags --device, --shapes and --repeat that prints one JSON object per shape, of
# which it gets several joined by ';'. --parts runs those alone. --quick takes small sizes: it proves the script, on any device (--device cpu). Each part runs
# whatever became of the others, and no longer than its share of --seconds; the report is written anew after each. Exit code 1 where one failed.
set -uo pipefail

device=cuda out="" program="" cases="" torch="" repeat=7 seconds=540 parts="" quick=""
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ ! -d "$here/cases" ] || cases=$here/cases
shapes="G3:1024,16,768,768,1 G4:512,64,512,512,1 G5:512,16,1024,1024,1 G5:512,64,1024,1024,1 G5:512,128,1024,1024,1
G6:512,32,256,256,1 G6:512,128,256,256,1 G7:784,128,1,128,1 G8:1024,64,64,144,1 G8:1024,64,64,160,1 G8:1024,64,64,192,1
G9:35,20,650,650,2 G10:35,20,1500,1500,2 G11:70,40,400,1150,1 G11:70,40,1150,1150,1 G11:70,40,1150,400,1 G12:256,16,2048,2048,1 G12:256,64,2048,2048,1
G13:50,50,64,64,1 G13:50,50,128,128,1 G13:50,50,256,256,1 G13:50,50,512,512,1 G13:50,50,64,64,2 G13:50,50,128,128,2 G13:50,50,256,256,2
G13:50,50,512,512,2 G13:50,50,64,64,3 G13:50,50,128,128,3 G13:50,50,256,256,3 G13:50,50,512,512,3
G14:200,64,320,320,1,2 G14:1000,64,320,320,1,2 G14v:200,64,320,320,1,2 G14v:1000,64,320,320,1,2"
usage() { sed -n '2,13p' "$0" >&2; exit 2; }
while [ $# -gt 0 ]; do
    case $1 in
        --device | --out | --program | --cases | --torch | --shapes | --repeat | --seconds | --parts) [ $# -ge 2 ] || usage; printf -v "${1#--}" '%s' "$2"; shift 2 ;;
        --quick) quick=yes; shift ;;
        *) usage ;;
    esac
done
layers="G1:1024,16,768,768,1 G4:512,64,512,512,1 G6:512,32,256,256,1 G6:512,128,256,256,1" precisions="fp32-strict tf32 bf16 fp16"
products="16384,3072,768 2240,2048,512 700,2600,650 700,6000,1500 700,10000,650 65536,1024,256"
steps=100 log=10 hidden=128 sentences=2000 megabytes=256 step=35,20,512,512,2,10000
if [ -n "$quick" ]; then
    shapes="Q1:3,2,5,7,1 Q2:3,2,5,7,2,2 Q2v:3,2,5,7,2,2" layers="Q1:3,2,5,7,1" products="6,28,5 65,17,33" repeat=1 steps=20 log=2 hidden=8 sentences=200 megabytes=1 step=3,2,5,7,1,9
fi
[ "$device" != cpu ] || precisions=fp32-strict
out=${out:-gpu-check-$(date +%Y%m%d-%H%M%S)}
mkdir -p "$out" && out=$(cd "$out" && pwd) || exit 1
rm -rf "$out"/*.{json,jsonl,log,md} "$out"/run-* "$out"/{parts,text.txt,jit,kept}
mkdir -p "$out"/kept
touch "$out"/{bench,torch,device,gemm,micro,precision}.jsonl "$out/parts"
# What the driver compiles is kept from one process to the next, with or without a home directory.
export CUDA_CACHE_PATH=$out/kept LSTMGPU_CACHE=$out/kept DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
gpu=$(timeout 20 nvidia-smi --query-gpu=name,driver_version,compute_cap,memory.total,power.limit,clocks.max.sm --format=csv,noheader 2> /dev/null) || gpu="nvidia-smi is absent"
SECONDS=0
# Until when the part under way may run. A quarter is for the benchmarks at the end, whatever became of what comes before.
deadline=$((seconds * 3 / 4))
left() { local most=${1:-$seconds} rest=$((deadline - SECONDS)); [ "$rest" -lt "$most" ] || rest=$most; echo $((rest > 3 ? rest : 3)); }
# Seconds that a part may take at most.
share() {
    case $1 in
        doctor) echo 150 ;;
        bits) echo 90 ;;
        verify | first-step | training | bench-micro | bench-gemm | bench-precision) echo 60 ;;
        bench | torch) echo "$seconds" ;;
        *) echo 40 ;;
    esac
}
number() { sed -n "s/.*\"$1\": *\(-\{0,1\}[0-9][0-9.eE+-]*\).*/\1/p"; }
# At most 300 bytes on one line, without control characters and torn letters; and the same as JSON has it within quotes.
line() { tr '\t\n' '  ' | tr -d '\000-\037\177' | cut -b 1-300 | sed 's/ *$//' | if command -v iconv > /dev/null; then iconv -c -f UTF-8 -t UTF-8; else tr '\200-\377' '?'; fi 2> /dev/null; }
quoted() { line | sed 's/\\/\\\\/g; s/"/\\"/g'; }

# part NAME COMMAND: runs it within the time left; its last line of output is its result.
failed=0
part() {
    local name=$1 start=$SECONDS code=0 until=$deadline result=passed said
    case " ${parts:-$name} " in *" $name "*) ;; *) return ;; esac
    shift
    case $name in
        publish*) ;;
        *) deadline=$((SECONDS + $(left "$(share "$name")"))) ;;
    esac
    "$@" > "$out/$name.log" 2>&1 || code=$?
    deadline=$until
    [ $code = 0 ] || { result="FAILED ($code)"; failed=1; }
    [ $code != 124 ] && [ $code != 137 ] || result="FAILED (out of time)"
    said=$(tail -1 "$out/$name.log" | line)
    printf '%s\t%s\t%s\t%s\n' "$name" "$result" $((SECONDS - start)) "$said" >> "$out/parts"
    echo "$name: $result, $((SECONDS - start)) s: $said"
    report
}
# What does not end when it is told to is killed.
run() { timeout -k 5 "$(left)" "$program" "$@"; }

publish() {
    local sources=$out/sources
    rm -rf "$sources" && mkdir -p "$sources"
    # A copy: a publish for one system rewrites the lock files.
    (cd "$here/.." && git ls-files -co --exclude-standard -z | tar --null --ignore-failed-read -T - -c) | tar -x -C "$sources" || return
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
    echo "$gpu"
    run devices || return
    run devices --json > "$out/devices.json" || return
    run devices | grep "^$device " || { run devices | grep "^$device:"; return 1; }
}

doctor() {
    local code=0
    run doctor --device "$device" --json > "$out/doctor.json" || code=$?
    cat "$out/doctor.json"
    # A hot kernel that spills has failed already; another may, and is told.
    echo "$(grep -o '"operation":' "$out/doctor.json" | wc -l) operations, $(grep -o '"kernel":' "$out/doctor.json" | wc -l) kernels described, \
$(grep -o '"spill_bytes": *[1-9]' "$out/doctor.json" | wc -l) of them spill"
    return $code
}

# A text that the program makes: its own lies beside the file, which may have been copied alone.
settings=(--data "$out/text.txt" --hidden "$hidden" --log-every "$log" --eval-every $((steps / 2)) --save-every $((steps / 2)))
text() { [ -s "$out/text.txt" ] || run data make agreement --sentences "$sentences" --out "$out/text.txt"; }

verify() {
    run verify "$cases" --device "$device" --json > "$out/verify.json" || { tail -c 2000 "$out/verify.json"; return 1; }
    echo "every case of $cases passed"
}

# Of a process, from its start to the end of a run of one step: once with nothing compiled by the driver yet, once with that kept.
first-step() {
    local times=() start pass
    text || return
    rm -rf "$out/jit" && mkdir -p "$out/jit"
    for pass in cold warm; do
        rm -rf "$out/run-first"
        start=$(date +%s%N)
        CUDA_CACHE_PATH=$out/jit LSTMGPU_CACHE=$out/jit run train --data "$out/text.txt" --hidden "$hidden" --steps 1 --eval-every 0 --save-every 0 \
            --validation-fraction 0 --device "$device" --out "$out/run-first" || return
        times+=($((($(date +%s%N) - start) / 1000000)))
    done
    echo "${times[0]} ms with nothing compiled, ${times[1]} ms after that, 2000 allowed on cuda"
    [ "${times[1]}" -lt 2000 ] || [ "${device#cuda}" = "$device" ]
}

training() {
    rm -rf "$out"/run-cpu "$out"/run-device
    text || return
    run train "${settings[@]}" --steps "$steps" --device cpu --out "$out/run-cpu" || return
    run train "${settings[@]}" --steps "$steps" --device "$device" --precision fp32-strict --out "$out/run-device" || return
    # Every loss within 1e-3 of the cpu's.
    paste <(number loss < "$out/run-cpu/metrics.jsonl") <(number loss < "$out/run-device/metrics.jsonl") |
        awk '{ d = ($1 - $2) / $1; if (d < 0) d = -d; if (d > worst) worst = d; if (NF != 2 || $2 != $2 + 0) bad = 1 }
             END { printf "%d losses, worst difference from the cpu %.2g of the loss, 1e-3 allowed\n", NR, worst; exit bad || NR < 10 || worst > 1e-3 }'
}

# In the precision that the device takes by itself.
bits() {
    local other once=$out/run-once
    # Others than cuda take no other one than the training before.
    case $device in cuda*) ;; *) once=$out/run-device ;; esac
    rm -rf "$out"/run-once "$out"/run-again "$out"/run-direct "$out"/run-halves
    text || return
    [ -d "$once" ] || run train "${settings[@]}" --steps "$steps" --device "$device" --out "$once" || return
    run train "${settings[@]}" --steps "$steps" --device "$device" --out "$out/run-again" || return
    run train "${settings[@]}" --steps "$steps" --device "$device" --graph off --out "$out/run-direct" || return
    run train "${settings[@]}" --steps $((steps / 2)) --device "$device" --out "$out/run-halves" || return
    run resume "$out/run-halves" --steps "$steps" || return
    for other in again direct halves; do
        cmp "$once/metrics.jsonl" "$out/run-$other/metrics.jsonl" || return
        cmp "$once/checkpoints/step-$steps/model.safetensors" "$out/run-$other/checkpoints/step-$steps/model.safetensors" || return
    done
    echo "$steps steps, the same again, without a graph, and half of them in each of two processes: the same bytes"
}

bench-device() {
    run bench device --device "$device" --repeat "$repeat" --megabytes "$megabytes" --json > "$out/device.jsonl" || return
    echo "$(wc -l < "$out/device.jsonl") measurements"
}

bench-micro() {
    local code=0
    run bench micro --device "$device" --repeat "$repeat" ${quick:+--quick} --json > "$out/micro.jsonl" || code=$?
    echo "$(grep -c '"value":-\{0,1\}[0-9]' "$out/micro.jsonl") of $(wc -l < "$out/micro.jsonl") rows have a number; to build on: \
$(sed -n 's/.*"measure":"to build on".*"note":"\([^"]*\)".*/\1/p' "$out/micro.jsonl" | grep . || echo nothing is known)"
    return $code
}

bench-step() {
    run bench step --device "$device" --shape "$step" --repeat "$repeat" --json > "$out/step.json" || return
    echo "$step: $(number step_ms < "$out/step.json" | head -1) ms"
}

bench() {
    local entry lengths code=0
    : > "$out/bench.jsonl"
    for entry in $shapes; do
        lengths=()
        case ${entry%%:*} in *v) lengths=(--lengths) ;; esac
        [ $SECONDS -lt $deadline ] || { code=124; echo "${entry%%:*} ${entry#*:} and those after it: no time left"; break; }
        timeout -k 5 "$(left 90)" "$program" bench lstm --device "$device" --shape "${entry#*:}" "${lengths[@]}" --repeat "$repeat" --json > "$out/row.json" || { code=1; echo "${entry%%:*} ${entry#*:} failed"; continue; }
        sed "s/^{/{\"id\":\"${entry%%:*}\",/" "$out/row.json" >> "$out/bench.jsonl"
    done
    rm -f "$out/row.json"
    echo "$(wc -l < "$out/bench.jsonl") of $(wc -w <<< "$shapes") rows"
    return $code
}

# The step of an LSTM in each precision: on tensor cores where the GPU has them, portable in fp32-strict.
bench-precision() {
    local entry precision code=0
    : > "$out/precision.jsonl"
    for entry in $layers; do
        for precision in $precisions; do
            [ $SECONDS -lt $deadline ] || { code=124; echo "$entry in $precision and those after it: no time left"; break 2; }
            run bench lstm --device "$device" --precision "$precision" --shape "${entry#*:}" --repeat "$repeat" --json > "$out/row.json" || { code=1; echo "${entry%%:*} in $precision failed"; continue; }
            sed "s/^{/{\"id\":\"${entry%%:*}\",\"precision\":\"$precision\",/" "$out/row.json" >> "$out/precision.jsonl"
        done
    done
    rm -f "$out/row.json"
    echo "$(wc -l < "$out/precision.jsonl") rows"
    return $code
}

# The products of an LSTM layer (T·B rows, 4H gates, I inputs) and of a decoder, by our kernels and by cuBLAS where the machine has it; then the latter's against the reference.
bench-gemm() {
    local shape by code=0 found
    : > "$out/gemm.jsonl"
    # PyTorch brings a cuBLAS of its own, which the system's search does not find.
    if [ -z "${LSTMGPU_CUBLAS:-}" ] && ! ldconfig -p 2> /dev/null | grep -q 'libcublas\.so\.1[123]'; then
        found=$(python3 -c 'import glob, sys
places = "nvidia/*/lib", "torch/lib"
print(*(f for p in sys.path if p for w in places for f in sorted(glob.glob(p + "/" + w + "/libcublas.so.1[123]"), reverse=True)), sep="\n")' 2> /dev/null | head -1)
        [ -z "$found" ] || export LSTMGPU_CUBLAS="$found" LD_LIBRARY_PATH="$(dirname "$found")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    fi
    echo "cuBLAS: ${LSTMGPU_CUBLAS:-where the system finds one}"
    for by in own cublas; do
        for shape in $products; do
            run bench gemm --device "$device" --gemm $by --shape "$shape" --repeat "$repeat" --json >> "$out/gemm.jsonl" 2> "$out/gemm.err" && continue
            cat "$out/gemm.err"
            # To have none is no failure; to fail in it is.
            if [ $by = cublas ] && grep -q 'no cuBLAS\|cannot multiply by cuBLAS' "$out/gemm.err"; then break; fi
            code=1
        done
    done
    if grep -q '"gemm":"cublas"' "$out/gemm.jsonl"; then
        run doctor --device "$device" --gemm cublas --precision tf32 || code=1
    fi
    echo "$(wc -l < "$out/gemm.jsonl") products, $(grep -c '"gemm":"cublas"' "$out/gemm.jsonl") of them by cuBLAS"
    rm -f "$out/gemm.err"
    return $code
}

# All shapes in one process, which takes long to start; after one that it fails on, another process goes on.
torch() {
    local entry row all=() total code=0 kind=cuda ended
    [ "$device" = "${device#cuda}" ] && kind=cpu
    : > "$out/torch.jsonl"
    timeout -k 5 "$(left 60)" python3 -c 'import torch; print("torch", torch.__version__, "cuda", torch.version.cuda, "cudnn", torch.backends.cudnn.version())' || { echo "python3 has no torch"; return 1; }
    for entry in $shapes; do
        case ${entry%%:*} in *v) ;; *) all+=("$entry") ;; esac # the script pads nothing
    done
    total=${#all[@]}
    while [ ${#all[@]} -gt 0 ]; do
        [ $SECONDS -lt $deadline ] || { code=124; echo "${all[0]} and those after it: no time left"; break; }
        ended=yes
        timeout -k 5 "$(left)" python3 "$torch" --device $kind --shapes "$(IFS=';'; echo "${all[*]#*:}")" --repeat "$repeat" > "$out/rows.json" || ended=
        while IFS= read -r row && [ ${#all[@]} -gt 0 ]; do
            sed "s/^{/{\"id\":\"${all[0]%%:*}\",\"for\":\"${all[0]#*:}\",/" <<< "$row" >> "$out/torch.jsonl"
            all=("${all[@]:1}")
        done < <(grep '^{.*}$' "$out/rows.json")
        [ ${#all[@]} = 0 ] || { code=1; echo "${all[0]} failed"; all=("${all[@]:1}"); }
        [ -z "$ended" ] || break
    done
    rm -f "$out/rows.json"
    echo "$(wc -l < "$out/torch.jsonl") of $total rows"
    return $code
}

# Whole lines and whole files alone: a process that was stopped leaves a torn end.
lines() { sed '/^{.*}$/!d' "$1" 2> /dev/null | sed '$!s/$/,/'; }
whole() {
    local ends
    [ -s "$1" ] || { echo null; return; }
    ends=$(tr -d ' \n\r' < "$1" | sed 's/^\(.\).*\(.\)$/\1\2/')
    [ "$(tr -cd '{[' < "$1" | wc -c)" = "$(tr -cd ']}' < "$1" | wc -c)" ] || ends=torn
    case $ends in "{}" | "[]") cat "$1" ;; *) echo null ;; esac
}

table() {
    echo "| what | result | forward ms | forward + backward ms | GFLOP/s | of peak | torch, forward + backward ms | torch / ours |"
    echo "|---|---|---|---|---|---|---|---|"
    while IFS=$'\t' read -r name result took said; do echo "| $name, $took s | $result: ${said//|/\/} | | | | | | |"; done < "$out/parts"
    while read -r row; do
        shape=$(sed 's/.*"shape":\[\([0-9,]*\)\].*/\1/' <<< "$row")
        # Ours prints the directions even where they are 1.
        peer=""
        case $row in *'v","shape"'*) ;; *) peer=$(grep -F -e "\"for\":\"$shape\"" -e "\"for\":\"${shape%,1}\"" "$out/torch.jsonl" | head -1 | number forward_backward_ms) ;; esac
        awk -v id="$(sed 's/.*"id":"\([^"]*\)".*/\1/' <<< "$row")" -v shape="$shape" -v peer="$peer" -v f="$(number forward_ms <<< "$row")" \
            -v fb="$(number forward_backward_ms <<< "$row")" -v g="$(number gflops <<< "$row")" -v share="$(number share_of_peak <<< "$row")" 'BEGIN {
            printf "| %s | %s | %.3f | %.3f | %.0f | %.1f %% | %s | %s |\n", id, shape, f, fb, g, 100 * share, peer == "" ? "" : peer, peer == "" ? "" : sprintf("%.2f", peer / fb) }'
    done < "$out/bench.jsonl"
    if [ -s "$out/device.jsonl" ]; then
        echo
        echo "| of the device | bytes | value |"
        echo "|---|---|---|"
        sed 's/.*"measure":"\([^"]*\)","bytes":\([0-9]*\),.*"value":\([^,]*\),"unit":"\([^"]*\)".*/| \1 | \2 | \3 \4 |/' "$out/device.jsonl"
    fi
    if [ -s "$out/micro.jsonl" ]; then
        echo
        echo "| id | measure | groups | bytes | value | note |"
        echo "|---|---|---|---|---|---|"
        lines "$out/micro.jsonl" | sed 's/^{"id":"\([^"]*\)","measure":"\([^"]*\)","groups":\([0-9]*\),"bytes":\([0-9]*\),"value":\([^,]*\),"unit":"\([^"]*\)","note":\(.*\),"failed":\([a-z]*\)},*$/\1\t\2\t\3\t\4\t\5\t\6\t\8\t\7/; s/\t"\(.*\)"$/\t\1/; s/\tnull$/\t/; s/|/\//g' |
            sed "s/\\\\u0027/'/g" | awk -F '\t' '{
                printf "| %s | %s | %s | %s | %s | %s%s |\n", $1, $2, $3 + 0 ? $3 : "", $4 + 0 ? $4 : "", $5 == "null" ? "" : sprintf("%.4g %s", $5, $6), $7 == "true" ? "FAILED: " : "", $8 }'
    fi
    if [ -s "$out/precision.jsonl" ]; then
        echo
        echo "| layer T,B,I,H,L | precision | forward ms | forward + backward ms | fp32-strict / this |"
        echo "|---|---|---|---|---|"
        sed 's/.*"id":"\([^"]*\)","precision":"\([^"]*\)","shape":\[\([0-9,]*\)\].*"forward_ms":\([^,]*\),"forward_backward_ms":\([^,]*\),.*/\1 \3 \2 \4 \5/' "$out/precision.jsonl" |
            awk '$3 == "fp32-strict" { strict[$1 $2] = $5 } { s = strict[$1 $2]; printf "| %s %s | %s | %.3f | %.3f | %s |\n", $1, $2, $3, $4, $5, s == "" ? "" : sprintf("%.2f", s / $5) }'
    fi
    if [ -s "$out/gemm.jsonl" ]; then
        echo
        echo "| product M,N,K | own ms | cuBLAS ms | own / cuBLAS |"
        echo "|---|---|---|---|"
        # Each layout of each shape, ours first.
        sed 's/.*"shape":\[\([0-9,]*\)\],"layout":"\([^"]*\)","gemm":"\([^"]*\)".*"ms":\([^,]*\),.*/\1 \2 \3 \4/' "$out/gemm.jsonl" | awk '
            $3 == "own" { order[++n] = $1 " " $2; own[$1 " " $2] = $4 } $3 == "cublas" { theirs[$1 " " $2] = $4 }
            END { for (i = 1; i <= n; i++) { p = order[i]; t = theirs[p]; printf "| %s | %.3f | %s | %s |\n", p, own[p], t == "" ? "" : sprintf("%.3f", t), t == "" ? "" : sprintf("%.2f", own[p] / t) } }'
    fi
}

json() {
    echo "{\"date\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\",\"device\":\"$device\",\"seconds\":$SECONDS,\"machine\":\"$(uname -srm | quoted)\","
    echo "\"gpu\":\"$(quoted <<< "$gpu")\",\"parts\":["
    while IFS=$'\t' read -r name result took said; do
        echo "{\"part\":\"$name\",\"result\":\"$result\",\"seconds\":$took,\"said\":\"$(quoted <<< "$said")\"}"
    done < "$out/parts" | sed '$!s/$/,/'
    echo "],\"devices\":$(whole "$out/devices.json"),\"doctor\":$(whole "$out/doctor.json"),\"verify\":$(whole "$out/verify.json"),\"step\":$(whole "$out/step.json"),\"device_bench\":["
    lines "$out/device.jsonl"
    echo "],\"micro\":["
    lines "$out/micro.jsonl"
    echo "],\"gemm\":["
    lines "$out/gemm.jsonl"
    echo "],\"precision\":["
    lines "$out/precision.jsonl"
    echo "],\"bench\":["
    lines "$out/bench.jsonl"
    echo "],\"torch\":["
    lines "$out/torch.jsonl"
    echo "]}"
}

report() {
    table > "$out/report.tmp" && mv "$out/report.tmp" "$out/report.md"
    json > "$out/report.tmp" && mv "$out/report.tmp" "$out/report.json"
}

# Whoever ends this finds what was measured.
trap 'report; exit 143' TERM INT HUP

if [ -z "$program" ]; then
    part publish publish
    program=$out/program/LstmGpu.Cli
    if [ ! -x "$program" ] && [ -d "$out/sources" ]; then part publish-with-runtime framework_dependent; fi
    SECONDS=0 # the time is the GPU's
fi
[ ! -f "$program" ] || program=$(realpath "$program")
[ ! -f "$program" ] || [ -x "$program" ] || chmod +x "$program"
part devices devices
part doctor doctor
[ -z "$cases" ] || part verify verify
part first-step first-step
part training training
part bits bits
part bench-device bench-device
part bench-micro bench-micro
part bench-step bench-step
part bench-gemm bench-gemm
part bench-precision bench-precision
deadline=$seconds
[ -z "$torch" ] || deadline=$((SECONDS + (seconds - SECONDS) * 3 / 5))
part bench bench
deadline=$seconds
[ -z "$torch" ] || part torch torch
report
echo
cat "$out/report.md"
echo
echo "$out/report.md and $out/report.json, $SECONDS s"
exit $failed
