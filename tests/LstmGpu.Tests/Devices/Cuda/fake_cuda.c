/* A CUDA driver without a GPU, for tests. Device memory is host memory; commands are kept and run only when somebody waits, in order, so that a
   missing wait shows as wrong data. A launch runs nothing by itself: its arguments, cut to the sizes that the PTX declares, go to the log and to
   fake_on_launch. Every call is counted and can be told to fail. One device, one thread at a time.
   Environment, for processes of their own: FAKE_CUDA_FAIL=function:n:code, FAKE_CUDA_DEVICES, FAKE_CUDA_VERSION, FAKE_CUDA_SPILL=kernel,
   FAKE_CUDA_DELAY=microseconds that a launch takes of the calling thread. Libraries on top of the driver (fake_cublas.c) share its log and its commands. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef uint64_t ptr;
enum { OOM = 2, INVALID_VALUE = 1, NO_DEVICE = 100, INVALID_CONTEXT = 201, INVALID_PTX = 218, INVALID_HANDLE = 400, NOT_FOUND = 500,
       NOT_SUPPORTED = 801,
       TOO_LARGE_TO_COOPERATE = 720, INVALID_CLUSTER_SIZE = 912, CAPTURE_UNSUPPORTED = 900, CAPTURE_INVALIDATED = 901 };
enum { CONTEXT, STREAM, EVENT, MODULE, PINNED, MEMORY, GRAPH, EXECUTABLE, LIBRARY, KINDS };

typedef struct { char name[128]; int sizes[64], count, threads; char *ptx; int spill; } module;
typedef struct { int kind; ptr a, b; size_t n; uint32_t value; module *kernel; uint32_t dims[9]; unsigned char arguments[1024]; } command;
typedef struct { command *items; size_t count, capacity; } list;
/* dims: grid, group, bytes of dynamic shared memory, whether cooperative, groups of a cluster. */
typedef void (*launched)(const char *name, const uint32_t *dims, const unsigned char *arguments);

static struct { ptr start; size_t bytes; int kind; void *keep; } objects[4096];
static int object_count, live[KINDS], calls, fail_at, fail_code, sticky, devices = 1, version = 12040, capturing, broken_capture, destroyed_twice;
static char fail_function[64], *text; static int fail_nth;
static size_t text_length, text_capacity;
static list pending, captured;
static size_t done; /* commands of pending that have run */
static long memory_limit = 1L << 30, memory_used;
static int attributes[256], delay;
static launched on_launch;
static _Thread_local int current; /* whether this thread has the context */
static int ready;

static void note(const char *format, ...)
{
    char line[4096]; va_list v; va_start(v, format); int n = vsnprintf(line, sizeof line, format, v); va_end(v);
    if (text_length + n + 2 > text_capacity) text = realloc(text, text_capacity = 2 * text_capacity + n + 65536);
    memcpy(text + text_length, line, n); text_length += n; text[text_length++] = '\n'; text[text_length] = 0;
}

static void defaults(void)
{
    memset(attributes, 0, sizeof attributes);
    attributes[8] = 49152; attributes[16] = 13; attributes[75] = 8; attributes[76] = 6; attributes[95] = 1; attributes[97] = 101376; attributes[115] = 1;
    devices = 1; version = 12040; fail_at = fail_code = sticky = fail_nth = capturing = broken_capture = destroyed_twice = calls = 0;
    fail_function[0] = 0; memory_limit = 1L << 30; on_launch = 0; text_length = 0; if (text) text[0] = 0;
    char *e;
    if ((e = getenv("FAKE_CUDA_DEVICES"))) devices = atoi(e);
    if ((e = getenv("FAKE_CUDA_VERSION"))) version = atoi(e);
    if ((e = getenv("FAKE_CUDA_DELAY"))) delay = atoi(e); else delay = 0;
    if ((e = getenv("FAKE_CUDA_FAIL"))) sscanf(e, "%63[^:]:%d:%d", fail_function, &fail_nth, &fail_code);
}

/* What every call begins with: counts, logs, fails where it was told to. */
static int enter(const char *function, int needs_context)
{
    if (!ready) { ready = 1; defaults(); }
    calls++;
    note("%s", function);
    if (sticky) return sticky;
    int code = calls == fail_at ? fail_code : 0;
    if (fail_nth > 0 && !strcmp(function, fail_function) && --fail_nth == 0) code = fail_code;
    if (code == 700 || code == 716 || code == 719) sticky = code;
    return code ? code : needs_context && !current ? INVALID_CONTEXT : 0;
}
#define ENTER(context) int code_ = enter(__func__, context); if (code_) return code_
/* A release happens even where it reports an error. */
#define RELEASE(context, what) int code_ = enter(__func__, context); what; return code_

static int find(ptr p) { for (int i = 0; i < object_count; i++) if (objects[i].start == p) return i; return -1; }
static void add(ptr p, size_t bytes, int kind, void *keep)
{
    objects[object_count].start = p; objects[object_count].bytes = bytes; objects[object_count].kind = kind; objects[object_count++].keep = keep;
    live[kind]++;
}
static int drop(ptr p, int kind)
{
    int i = find(p);
    if (i < 0 || objects[i].kind != kind) { destroyed_twice++; return INVALID_HANDLE; }
    if (kind == MEMORY) memory_used -= objects[i].bytes;
    live[kind]--; objects[i] = objects[--object_count];
    return 0;
}
static int is(ptr p, int kind) { int i = find(p); return i >= 0 && objects[i].kind == kind; }
/* Whether it is a stream, 1 being the default one; counts what is asked of it. */
static struct { ptr stream; int commands; } used[64];
static int on(ptr stream)
{
    if (stream != 1 && !is(stream, STREAM)) return 0;
    for (int i = 0; i < 64; i++)
        if (used[i].stream == stream || !used[i].stream) { used[i].stream = stream; used[i].commands++; break; }
    return 1;
}
static int inside(ptr p, size_t n, int kind)
{
    for (int i = 0; i < object_count; i++)
        if (objects[i].kind == kind && p >= objects[i].start && p + n <= objects[i].start + objects[i].bytes) return 1;
    return 0;
}

static void append(list *l, const command *c)
{
    if (l->count == l->capacity) l->items = realloc(l->items, (l->capacity = 2 * l->capacity + 64) * sizeof *l->items);
    l->items[l->count++] = *c;
}
static void run(const command *c)
{
    switch (c->kind) {
    case 0: memcpy((void *)c->a, (void *)c->b, c->n); break;
    case 1: memset((void *)c->a, c->value, c->n); break;
    case 2: for (size_t i = 0; i < c->n; i++) ((uint32_t *)c->a)[i] = c->value; break;
    case 3: if (on_launch) on_launch(c->kernel->name, c->dims, c->arguments); break;
    case 4: free((void *)c->a); break;
    case 5: ((void (*)(const unsigned char *))c->a)(c->arguments); break;
    }
}
static void drain(size_t until) { for (; done < until && done < pending.count; done++) run(&pending.items[done]); if (done == pending.count) done = pending.count = 0; }
static int enqueue(const command *c, int may_capture)
{
    if (capturing && !may_capture) { broken_capture = 1; return CAPTURE_UNSUPPORTED; }
    append(capturing ? &captured : &pending, c);
    return 0;
}

/* For the tests. */
void fake_reset(void) { drain(SIZE_MAX); ready = 1; memset(used, 0, sizeof used); defaults(); }
int fake_commands(ptr stream) { int n = 0; for (int i = 0; i < 64; i++) if (!stream || used[i].stream == stream) n += used[i].commands; return n; }
const char *fake_log(void) { return text ? text : ""; }
void fake_clear_log(void) { text_length = 0; if (text) text[0] = 0; }
int fake_live(int kind) { return live[kind]; }
int fake_released_twice(void) { return destroyed_twice; }
int fake_calls(void) { return calls; }
void fake_fail_at(int call, int code) { fail_at = calls + call; fail_code = code; }
void fake_fail(const char *function, int nth, int code) { strcpy(fail_function, function); fail_nth = nth; fail_code = code; }
void fake_recover(void) { sticky = 0; fail_at = 0; fail_nth = 0; }
void fake_set(int device_count, int driver, long bytes) { devices = device_count; version = driver; memory_limit = bytes; }
void fake_attribute(int attribute, int value) { attributes[attribute] = value; }
void fake_on_launch(launched callback) { on_launch = callback; }
const char *fake_image(const char *kernel)
{
    for (int i = 0; i < object_count; i++)
        if (objects[i].kind == MODULE && !strcmp(((module *)objects[i].keep)->name, kernel)) return ((module *)objects[i].keep)->ptx;
    return 0;
}

/* For libraries. What they enqueue runs in its turn, and can be captured. */
int fake_enter(const char *function) { return enter(function, 1); }
void fake_note(const char *line) { note("  %s", line); }
void fake_add(ptr p) { add(p, 0, LIBRARY, 0); }
int fake_drop(ptr p) { return drop(p, LIBRARY); }
int fake_is(ptr p) { return is(p, LIBRARY); }
int fake_is_stream(ptr stream) { return on(stream); }
int fake_inside(ptr p, size_t n) { return inside(p, n, MEMORY); }
int fake_capturing(void) { return capturing; }
int fake_enqueue(void (*function)(const unsigned char *), const void *arguments, size_t n)
{
    command c = { .kind = 5, .a = (ptr)function };
    memcpy(c.arguments, arguments, n);
    return enqueue(&c, 1);
}

int cuDriverGetVersion(int *v) { ENTER(0); *v = version; return 0; }
int cuInit(unsigned flags) { ENTER(0); return flags ? INVALID_VALUE : devices ? 0 : NO_DEVICE; }
int cuDeviceGetCount(int *n) { ENTER(0); *n = devices; return 0; }
int cuDeviceGet(int *device, int ordinal) { ENTER(0); *device = 40 + ordinal; return 0; }
int cuDeviceGetName(char *name, int length, int device) { ENTER(0); snprintf(name, length, "Fake GPU %d", device - 40); return 0; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { ENTER(0); *bytes = 2L << 30; return device < 40; }
int cuDeviceGetAttribute(int *value, int attribute, int device) { ENTER(0); *value = attributes[attribute]; return device < 40; }

int cuDevicePrimaryCtxRetain(ptr *context, int device) { ENTER(0); *context = 0x1000 + device; add(*context, 0, CONTEXT, 0); return 0; }
int cuDevicePrimaryCtxRelease_v2(int device) { RELEASE(0, drop(0x1000 + device, CONTEXT)); }
int cuCtxSetCurrent(ptr context) { ENTER(0); current = is(context, CONTEXT); return current ? 0 : INVALID_CONTEXT; }

int cuStreamCreate(ptr *stream, unsigned flags) { ENTER(1); *stream = (ptr)malloc(16); add(*stream, 0, STREAM, 0); return flags > 1; }
/* The streams above 16 are ours; those of another context have their lowest bit set. */
int cuStreamGetCtx(ptr stream, ptr *context)
{
    ENTER(1);
    *context = stream != 1 && stream & 1 ? 0x2000 : 0x1000 + 40;
    return stream == 1 || stream & 1 || is(stream, STREAM) ? 0 : INVALID_HANDLE;
}
int cuStreamDestroy_v2(ptr stream) { RELEASE(1, drain(SIZE_MAX); if (!drop(stream, STREAM)) free((void *)stream)); }
int cuStreamSynchronize(ptr stream)
{
    ENTER(1);
    if (!on(stream)) return INVALID_HANDLE;
    if (capturing) { broken_capture = 1; return CAPTURE_UNSUPPORTED; }
    drain(SIZE_MAX);
    return 0;
}
int cuEventCreate(ptr *event, unsigned flags) { ENTER(1); size_t *e = calloc(1, sizeof *e); *event = (ptr)e; add(*event, 0, EVENT, 0); return flags != 2; }
int cuEventDestroy_v2(ptr event) { RELEASE(1, if (!drop(event, EVENT)) free((void *)event)); }
int cuEventRecord(ptr event, ptr stream)
{
    ENTER(1);
    if (!is(event, EVENT) || !on(stream)) return INVALID_HANDLE;
    *(size_t *)event = pending.count;
    return 0;
}
int cuEventSynchronize(ptr event)
{
    ENTER(1);
    if (!is(event, EVENT)) return INVALID_HANDLE;
    if (capturing) { broken_capture = 1; return CAPTURE_UNSUPPORTED; }
    drain(*(size_t *)event); *(size_t *)event = 0;
    return 0;
}

static int allocate(ptr *memory, size_t bytes)
{
    if (memory_used + (long)bytes > memory_limit) return OOM;
    *memory = (ptr)aligned_alloc(256, (bytes + 255) / 256 * 256);
    memset((void *)*memory, 0xCD, bytes);
    memory_used += bytes;
    add(*memory, bytes, MEMORY, 0);
    return 0;
}
int cuMemGetInfo_v2(size_t *free_, size_t *total) { ENTER(1); *free_ = memory_limit - memory_used; *total = memory_limit; return 0; }
int cuMemAlloc_v2(ptr *memory, size_t bytes) { ENTER(1); return allocate(memory, bytes); }
int cuMemFree_v2(ptr memory) { RELEASE(1, drain(SIZE_MAX); if (!drop(memory, MEMORY)) free((void *)memory)); }
int cuMemAllocAsync(ptr *memory, size_t bytes, ptr stream) { ENTER(1); return on(stream) && !capturing ? allocate(memory, bytes) : INVALID_HANDLE; }
int cuMemFreeAsync(ptr memory, ptr stream)
{
    command c = { .kind = 4, .a = memory };
    RELEASE(1, if (!on(stream)) destroyed_twice++; if (!drop(memory, MEMORY)) append(&pending, &c));
}
int cuMemHostAlloc(ptr *memory, size_t bytes, unsigned flags) { ENTER(1); *memory = (ptr)malloc(bytes); add(*memory, bytes, PINNED, 0); return flags; }
int cuMemFreeHost(ptr memory) { RELEASE(1, drain(SIZE_MAX); if (!drop(memory, PINNED)) free((void *)memory)); }

/* 9: the number of the device; attributes[255] for the tests. */
int cuPointerGetAttribute(int *value, int attribute, ptr memory)
{
    ENTER(1);
    if (attribute != 9 || !inside(memory, 1, MEMORY)) return INVALID_VALUE;
    *value = attributes[255];
    return 0;
}

static int copy(ptr to, int to_kind, ptr from, int from_kind, size_t n)
{
    if (!inside(to, n, to_kind) || !inside(from, n, from_kind)) return INVALID_VALUE;
    command c = { .kind = 0, .a = to, .b = from, .n = n };
    return enqueue(&c, to_kind == MEMORY && from_kind == MEMORY);
}
int cuMemcpyHtoDAsync_v2(ptr to, ptr from, size_t n, ptr stream) { ENTER(1); return on(stream) ? copy(to, MEMORY, from, PINNED, n) : INVALID_HANDLE; }
int cuMemcpyDtoHAsync_v2(ptr to, ptr from, size_t n, ptr stream)
{
    ENTER(1);
    note("  %zu bytes", n);
    return on(stream) ? copy(to, PINNED, from, MEMORY, n) : INVALID_HANDLE;
}
int cuMemcpyDtoDAsync_v2(ptr to, ptr from, size_t n, ptr stream) { ENTER(1); return on(stream) ? copy(to, MEMORY, from, MEMORY, n) : INVALID_HANDLE; }
int cuMemsetD8Async(ptr to, unsigned char value, size_t n, ptr stream)
{
    ENTER(1);
    command c = { .kind = 1, .a = to, .n = n, .value = value };
    return on(stream) && inside(to, n, MEMORY) ? enqueue(&c, 1) : INVALID_VALUE;
}
int cuMemsetD32Async(ptr to, unsigned value, size_t n, ptr stream)
{
    ENTER(1);
    command c = { .kind = 2, .a = to, .n = n, .value = value };
    return on(stream) && inside(to, 4 * n, MEMORY) ? enqueue(&c, 1) : INVALID_VALUE;
}

int cuModuleLoadDataEx(ptr *out, const char *image, unsigned count, const int *options, void **values)
{
    ENTER(1);
    const char *entry = strstr(image, ".visible .entry ");
    if (!entry || strstr(image, "no such instruction")) {
        for (unsigned i = 0; i < count; i++)
            if (options[i] == 5) strcpy(values[i], "ptxas application ptx input, line 7; error   : Unknown instruction\nptxas fatal   : Ptx assembly aborted");
        return INVALID_PTX;
    }
    module *m = calloc(1, sizeof *m);
    sscanf(entry, ".visible .entry %127[A-Za-z0-9_]", m->name);
    const char *end = strchr(entry, ')');
    for (const char *p = entry; (p = strstr(p, ".param .")) && p < end; p += 8)
        m->sizes[m->count++] = atoi(p + 9) / 8;
    const char *threads = strstr(entry, ".maxntid ");
    m->threads = threads ? atoi(threads + 9) : 1024;
    const char *spilling = getenv("FAKE_CUDA_SPILL");
    m->spill = spilling && !strcmp(spilling, m->name) ? 48 : 0;
    m->ptx = strdup(image);
    *out = (ptr)m;
    add(*out, 0, MODULE, m);
    note("  %s", m->name);
    return 0;
}
int cuModuleUnload(ptr m) { RELEASE(1, drain(SIZE_MAX); if (!drop(m, MODULE)) { free(((module *)m)->ptx); free((void *)m); }); }
int cuModuleGetFunction(ptr *function, ptr m, const char *name)
{
    ENTER(1);
    if (!is(m, MODULE) || strcmp(((module *)m)->name, name)) return NOT_FOUND;
    *function = m;
    return 0;
}
int cuFuncGetAttribute(int *value, int attribute, ptr f)
{
    ENTER(1);
    *value = attribute == 0 ? 1024 : attribute == 1 ? 8704 : attribute == 3 ? ((module *)f)->spill : attribute == 4 ? 77 : -1;
    return 0;
}
int cuFuncSetAttribute(ptr f, int attribute, int value) { ENTER(1); note("  %s %d=%d", ((module *)f)->name, attribute, value); return value > attributes[97]; }
static int occupancy(int threads, size_t shared) { return 1536 / threads - shared / 16384; }
int cuOccupancyMaxActiveBlocksPerMultiprocessor(int *groups, ptr f, int threads, size_t shared)
{
    ENTER(1);
    *groups = is(f, MODULE) ? occupancy(threads, shared) : 0;
    return 0;
}

static int launch(ptr f, const uint32_t *dims, ptr stream, void **parameters)
{
    module *m = (module *)f;
    if (!is(f, MODULE) || !on(stream)) return INVALID_HANDLE;
    if (delay) usleep(delay);
    if (dims[1] > 65535 || dims[2] > 65535) return INVALID_VALUE;
    if (dims[3] * dims[4] * dims[5] > (unsigned)m->threads || !dims[0] || !dims[1] || !dims[2]) return INVALID_VALUE;
    command c = { .kind = 3, .kernel = m };
    memcpy(c.dims, dims, sizeof c.dims);
    char line[3000]; int n = 0; size_t at = 0;
    for (int i = 0; i < m->count; i++) {
        uint64_t v = 0;
        memcpy(&v, parameters[i], m->sizes[i]);
        memcpy(c.arguments + at, &v, 8);
        at += 8;
        n += snprintf(line + n, sizeof line - n, " %d:%llx", m->sizes[i], (unsigned long long)v);
    }
    note("  %s grid %u,%u,%u group %u,%u,%u shared %u args%s", m->name, dims[0], dims[1], dims[2], dims[3], dims[4], dims[5], dims[6], n ? line : "");
    return enqueue(&c, 1);
}
int cuLaunchKernel(ptr f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, ptr stream, void **p, void **extra)
{
    ENTER(1);
    uint32_t dims[9] = { gx, gy, gz, bx, by, bz, shared };
    return extra ? INVALID_VALUE : launch(f, dims, stream, p);
}
/* cuda.h: CUlaunchAttribute is an id, padding to 8 bytes and 64 bytes of value. */
typedef struct { uint32_t dims[7]; ptr stream; struct { int id; char pad[4]; uint32_t value[16]; } *attributes; unsigned count; } configuration;
int cuLaunchKernelEx(const configuration *c, ptr f, void **p, void **extra)
{
    ENTER(1);
    uint32_t dims[9] = { 0 };
    memcpy(dims, c->dims, sizeof c->dims);
    for (unsigned i = 0; i < c->count; i++) {
        const uint32_t *v = c->attributes[i].value;
        note("  attribute %d: %u,%u,%u", c->attributes[i].id, v[0], v[1], v[2]);
        if (c->attributes[i].id == 2) { /* cooperative */
            if (!attributes[95]) return NOT_SUPPORTED;
            if (dims[0] * dims[1] * dims[2] > (unsigned)(occupancy(dims[3] * dims[4] * dims[5], dims[6]) * attributes[16])) return TOO_LARGE_TO_COOPERATE;
            dims[7] = v[0];
        } else if (c->attributes[i].id == 4) { /* cluster */
            if (!attributes[120]) return NOT_SUPPORTED;
            if (!v[0] || v[0] > 8 || dims[0] % v[0] || v[1] != 1 || v[2] != 1) return INVALID_CLUSTER_SIZE;
            dims[8] = v[0];
        } else return INVALID_VALUE;
    }
    return extra ? INVALID_VALUE : launch(f, dims, c->stream, p);
}

int cuStreamBeginCapture_v2(ptr stream, int mode) { ENTER(1); if (!is(stream, STREAM) || mode != 1) return INVALID_VALUE; capturing = 1; broken_capture = 0; captured.count = 0; return 0; }
int cuStreamEndCapture(ptr stream, ptr *graph)
{
    int code_ = enter(__func__, 1);
    *graph = 0; capturing = 0;
    if (code_) return code_;
    if (broken_capture) return CAPTURE_INVALIDATED;
    list *g = malloc(sizeof *g);
    *g = captured; memset(&captured, 0, sizeof captured);
    *graph = (ptr)g; add(*graph, 0, GRAPH, 0);
    note("  %zu commands of %d", g->count, stream != 0);
    return 0;
}
int cuGraphInstantiateWithFlags(ptr *executable, ptr graph, unsigned long long flags)
{
    ENTER(1);
    if (!is(graph, GRAPH) || flags) return INVALID_VALUE;
    list *g = calloc(1, sizeof *g);
    for (size_t i = 0; i < ((list *)graph)->count; i++) append(g, &((list *)graph)->items[i]);
    *executable = (ptr)g; add(*executable, 0, EXECUTABLE, 0);
    return 0;
}
int cuGraphLaunch(ptr executable, ptr stream)
{
    ENTER(1);
    if (!is(executable, EXECUTABLE) || !on(stream)) return INVALID_HANDLE;
    for (size_t i = 0; i < ((list *)executable)->count; i++) append(&pending, &((list *)executable)->items[i]);
    return 0;
}
int cuGraphExecDestroy(ptr e) { RELEASE(1, drain(SIZE_MAX); if (!drop(e, EXECUTABLE)) { free(((list *)e)->items); free((void *)e); }); }
int cuGraphDestroy(ptr g) { RELEASE(1, if (!drop(g, GRAPH)) { free(((list *)g)->items); free((void *)g); }); }
