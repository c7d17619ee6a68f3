/* A cuBLAS on top of fake_cuda.c, for tests: it shares the driver's log, its failures (the code is then a cublasStatus_t) and its commands. A product is
   computed when its turn comes, from columns and strides as the manual has them. As the real one does, a new stream takes the workspace away, and without
   one a call would allocate, which a capture does not allow. FAKE_CUBLAS_VERSION=120405, FAKE_CUBLAS_DELAY=microseconds that a product takes of the caller. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef uint64_t ptr;
enum { NOT_INITIALIZED = 1, INVALID_VALUE = 7, INTERNAL_ERROR = 14, NOT_SUPPORTED = 15 };
typedef struct { ptr stream, workspace; size_t bytes; int mode; } state;
typedef struct { int ta, tb, m, n, k, lda, ldb, ldc, compute; float alpha, beta; ptr a, b, c; } product;

int fake_enter(const char *function);
void fake_note(const char *line);
void fake_add(ptr p);
int fake_drop(ptr p);
int fake_is(ptr p);
int fake_is_stream(ptr stream);
int fake_inside(ptr p, size_t n);
int fake_capturing(void);
int fake_enqueue(void (*function)(const unsigned char *), const void *arguments, size_t n);

#define ENTER(handle) int code_ = fake_enter(__func__); if (code_) return code_; if (!fake_is((ptr)handle)) return NOT_INITIALIZED
#define NOTE(...) do { char line_[256]; snprintf(line_, sizeof line_, __VA_ARGS__); fake_note(line_); } while (0)

static int number(const char *variable, int without) { char *e = getenv(variable); return e ? atoi(e) : without; }

int cublasCreate_v2(state **handle)
{
    int code = fake_enter(__func__);
    if (code) return code;
    *handle = calloc(1, sizeof **handle);
    (*handle)->mode = -1;
    fake_add((ptr)*handle);
    return 0;
}
int cublasDestroy_v2(state *handle) { int code = fake_enter(__func__); if (!fake_drop((ptr)handle)) free(handle); return code; }
int cublasGetVersion_v2(state *handle, int *version) { ENTER(handle); *version = number("FAKE_CUBLAS_VERSION", 120405); return 0; }
int cublasSetStream_v2(state *handle, ptr stream)
{
    ENTER(handle);
    handle->stream = stream; handle->workspace = 0;
    return fake_is_stream(stream) ? 0 : INVALID_VALUE;
}
int cublasSetWorkspace_v2(state *handle, ptr workspace, size_t bytes)
{
    ENTER(handle);
    NOTE("%zu bytes", bytes);
    if (workspace % 256 || !fake_inside(workspace, bytes)) return INVALID_VALUE;
    handle->workspace = workspace; handle->bytes = bytes;
    return 0;
}
int cublasSetMathMode(state *handle, int mode) { ENTER(handle); handle->mode = mode; return 0; }

/* The coarsest that the type of computation allows: bits beyond its mantissa are cut off. */
static double operand(float x, int compute)
{
    uint32_t bits;
    memcpy(&bits, &x, 4);
    bits &= compute == 68 ? 0xFFFFFFFF : compute == 75 ? 0xFFFF0000 : 0xFFFFE000;
    memcpy(&x, &bits, 4);
    return x;
}
/* C [m,n] = alpha*op(A)*op(B) + beta*C, all of them columns one after the other. */
static void multiply(const unsigned char *arguments)
{
    product p;
    memcpy(&p, arguments, sizeof p);
    const float *a = (const float *)p.a, *b = (const float *)p.b;
    float *c = (float *)p.c;
    if ((double)p.m * p.n * p.k > 1e8) return; /* such as the program times and nobody reads */
    for (int j = 0; j < p.n; j++)
        for (int i = 0; i < p.m; i++) {
            double sum = 0;
            for (int l = 0; l < p.k; l++)
                sum += operand(p.ta ? a[l + (size_t)i * p.lda] : a[i + (size_t)l * p.lda], p.compute)
                     * operand(p.tb ? b[j + (size_t)l * p.ldb] : b[l + (size_t)j * p.ldb], p.compute);
            float *to = &c[i + (size_t)j * p.ldc];
            *to = (float)(p.alpha * sum + (p.beta == 0 ? 0 : p.beta * *to));
        }
}
/* Whether so many columns of so many rows are memory of the device. */
static int lies(ptr x, int rows, int columns, int stride) { return stride >= rows && fake_inside(x, 4 * ((size_t)stride * (columns - 1) + rows)); }
int cublasGemmEx(state *handle, int ta, int tb, int m, int n, int k, const float *alpha, ptr a, int type_a, int lda, ptr b, int type_b, int ldb,
                 const float *beta, ptr c, int type_c, int ldc, int compute, int algorithm)
{
    ENTER(handle);
    NOTE("%c%c m %d n %d k %d lda %d ldb %d ldc %d alpha %g beta %g types %d %d %d compute %d algorithm %d", ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, lda, ldb,
         ldc, *alpha, *beta, type_a, type_b, type_c, compute, algorithm);
    usleep(number("FAKE_CUBLAS_DELAY", 0));
    if (type_a || type_b || type_c || algorithm != -1 || handle->mode != 0) return NOT_SUPPORTED;
    if (!handle->workspace && fake_capturing()) return INTERNAL_ERROR;
    if (!lies(a, ta ? k : m, ta ? m : k, lda) || !lies(b, tb ? n : k, tb ? k : n, ldb) || !lies(c, m, n, ldc)) return INVALID_VALUE;
    product p = { ta, tb, m, n, k, lda, ldb, ldc, compute, *alpha, *beta, a, b, c };
    return fake_is_stream(handle->stream) ? fake_enqueue(multiply, &p, sizeof p) : NOT_INITIALIZED;
}
