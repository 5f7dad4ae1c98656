/*
 * The native half of @permafrost/mmap: map a range of a file read-only, close it in place, advise, count resident bytes.
 *
 * Always holds:
 *  - The address range of a mapping stays reserved until its buffer is collected. close() only changes what lies there
 *    (read-only zero pages), so no view can ever reach memory that belongs to somebody else.
 *  - No state outside a mapping: no globals, no instance data. Every thread that loads the addon is on its own.
 *  - System calls that fail return their errno to JavaScript as a number (src/native-region.ts makes the error of it).
 *    Arguments were checked there; what would be unsafe when wrong is checked here again.
 *
 * Linked without a C library: the few functions used come from the one the Node process already has.
 */
#define _GNU_SOURCE
#define NAPI_VERSION 8
#include <errno.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef __linux__
#error "Only Linux is supported; elsewhere @permafrost/mmap reads the file into memory."
#endif

_Static_assert(sizeof(off_t) == 8 && sizeof(size_t) == 8, "offsets and sizes are 64 bits wide");

/* Whose call of munmap gives the address range back. */
typedef enum {
  RANGE_OF_HANDLE, /* no buffer was made of it yet: finalize_handle */
  RANGE_OF_BUFFER, /* expose(): finalize_buffer */
  RANGE_OF_V8,     /* place(), adopt(): V8, when the SharedArrayBuffer is collected or the last thread that has it ends */
} range_owner;

/* One mapping. The handle object holds it, and after expose() the ArrayBuffer too; they let go in either order. */
typedef struct {
  uint8_t *base;     /* page-aligned start of the address range; NULL once it was unmapped */
  size_t base_size;  /* bytes from base to the end of the range asked for */
  size_t delta;      /* bytes from base to the first byte asked for; less than a page */
  range_owner owner;
  bool closed;       /* zero pages lie there instead of the file */
  int holder_count;
} mapping;

/* Tells our handles from any other object that JavaScript might pass. */
static const napi_type_tag HANDLE_TAG = {0x7065726d61667273ULL, 0x6d6d61702d763031ULL};

/* A number that is a whole count of bytes up to 2^53 - 1; false otherwise (NaN, fractions and negatives too). */
static bool get_bytes(napi_env env, napi_value value, size_t *result) {
  double number;
  if (napi_get_value_double(env, value, &number) != napi_ok) return false;
  if (!(number >= 0 && number <= 9007199254740991.0)) return false;
  *result = (size_t)(int64_t)number;
  return (double)*result == number;
}

static napi_value to_number(napi_env env, double number) {
  napi_value result = NULL;
  napi_create_double(env, number, &result);
  return result;
}

static napi_value misuse(napi_env env) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_VALUE", "@permafrost/mmap: the native binding was called with wrong arguments.");
  return NULL;
}

static void unmap(mapping *m) {
  if (m->base != NULL) munmap(m->base, m->base_size);
  m->base = NULL;
}

static void drop_holder(mapping *m) {
  if (--m->holder_count == 0) free(m);
}

/* No view of the ArrayBuffer is left, or the thread ends. Runs on the JavaScript thread, like all of this file. */
static void finalize_buffer(napi_env env, void *data, void *hint) {
  (void)env;
  (void)data;
  unmap(hint);
  drop_holder(hint);
}

static void finalize_handle(napi_env env, void *data, void *hint) {
  mapping *m = data;
  (void)env;
  (void)hint;
  if (m->owner == RANGE_OF_HANDLE) unmap(m);
  drop_holder(m);
}

/* The mapping behind the first argument; NULL (and a pending TypeError) when it is not one of our handles. */
static mapping *get_mapping(napi_env env, napi_callback_info info, size_t expected, napi_value *arguments) {
  size_t count = expected;
  bool tagged = false;
  void *result = NULL;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count < expected ||
      napi_check_object_type_tag(env, arguments[0], &HANDLE_TAG, &tagged) != napi_ok || !tagged ||
      napi_unwrap(env, arguments[0], &result) != napi_ok) {
    misuse(env);
    return NULL;
  }
  return result;
}

static size_t round_up(size_t bytes, size_t page_size) {
  return (bytes + page_size - 1) / page_size * page_size;
}

/* The pages that hold [offset, offset + size) of the bytes asked for. False when the range leaves the mapping. */
static bool get_pages(const mapping *m, size_t offset, size_t size, size_t page_size, uint8_t **start, size_t *bytes) {
  size_t mapped_size = m->base_size - m->delta;
  if (offset > mapped_size || size > mapped_size - offset) return false;
  size_t first = (m->delta + offset) / page_size * page_size;
  size_t end = round_up(m->delta + offset + size, page_size);
  *start = m->base + first;
  *bytes = end - first;
  return true;
}

/* The buffer, address and length of a Uint8Array that begins where its growable SharedArrayBuffer begins; else false. */
static bool get_growable(napi_env env, napi_value view, napi_value *buffer, void **data, size_t *length) {
  napi_typedarray_type type;
  napi_value growable;
  size_t byte_offset;
  bool is_growable = false;
  return napi_get_typedarray_info(env, view, &type, length, data, buffer, &byte_offset) == napi_ok &&
         type == napi_uint8_array && byte_offset == 0 &&
         napi_get_named_property(env, *buffer, "growable", &growable) == napi_ok &&
         napi_get_value_bool(env, growable, &is_growable) == napi_ok && is_growable;
}

/* A handle that holds the mapping. NULL, and a pending error, when there is none; the mapping is then freed. */
static napi_value make_handle(napi_env env, mapping *m) {
  napi_value handle;
  m->holder_count = 1;
  if (napi_create_object(env, &handle) == napi_ok && napi_type_tag_object(env, handle, &HANDLE_TAG) == napi_ok &&
      napi_wrap(env, handle, m, finalize_handle, NULL, NULL) == napi_ok) {
    return handle;
  }
  if (m->owner == RANGE_OF_HANDLE) unmap(m);
  free(m);
  napi_throw_error(env, NULL, "@permafrost/mmap: Node-API could not make a handle.");
  return NULL;
}

/*
 * map(fd, offset, size) → handle or an errno. size > 0; the caller has compared the range with the size of the file,
 * since touching pages beyond its end is a SIGBUS. JavaScript sees the bytes after place() or expose().
 */
static napi_value map(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  size_t count = 3, offset, size;
  int32_t fd;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count < 3 ||
      napi_get_value_int32(env, arguments[0], &fd) != napi_ok || !get_bytes(env, arguments[1], &offset) ||
      !get_bytes(env, arguments[2], &size) || size == 0) {
    return misuse(env);
  }

  mapping *m = calloc(1, sizeof *m);
  if (m == NULL) return to_number(env, ENOMEM);
  m->delta = offset % (size_t)sysconf(_SC_PAGESIZE);
  m->base_size = m->delta + size;
  /* MAP_SHARED: over a file opened read-only the kernel then refuses to make the pages writable, even by mprotect. */
  void *base = mmap(NULL, m->base_size, PROT_READ, MAP_SHARED, fd, (off_t)(offset - m->delta));
  if (base == MAP_FAILED) {
    int error = errno;
    free(m);
    return to_number(env, error);
  }
  m->base = base;
  return make_handle(env, m);
}

/* A property that can be neither changed nor deleted: while the handle lives, so does the buffer, and its addresses. */
static bool keep_buffer(napi_env env, napi_value handle, napi_value buffer) {
  const napi_property_descriptor property = {"buffer", NULL, NULL, NULL, NULL, buffer, napi_default, NULL};
  return napi_define_properties(env, handle, 1, &property) == napi_ok;
}

/*
 * place(handle, view) → 0, or an errno: then nothing has changed and expose() can follow. Moves the mapping over the
 * pages of a growable SharedArrayBuffer, which V8 does not count as external memory (README.md, "What V8 counts").
 * `view`: a Uint8Array over the whole, fresh buffer, whose pages are as many as those of the mapping.
 *
 * V8 takes the pages of a growable buffer from the kernel for it alone and gives them back by munmap, which takes our
 * mapping along. Those of any other buffer come from malloc, which would be destroyed by it: hence the checks.
 */
static napi_value place(napi_env env, napi_callback_info info) {
  napi_value arguments[2], buffer;
  size_t length, page_size = (size_t)sysconf(_SC_PAGESIZE);
  void *data;
  mapping *m = get_mapping(env, info, 2, arguments);
  if (m == NULL) return NULL;
  if (m->owner != RANGE_OF_HANDLE || !get_growable(env, arguments[1], &buffer, &data, &length) ||
      round_up(length, page_size) != round_up(m->base_size, page_size)) {
    return misuse(env);
  }
  size_t bytes = round_up(length, page_size);
  if ((uintptr_t)data % page_size != 0) return to_number(env, EINVAL);
  /* What matters is the answer: the kernel refuses this of all but private anonymous memory, and of ranges with holes. */
  if (madvise(data, bytes, MADV_WIPEONFORK) != 0) return to_number(env, errno);
  if (!keep_buffer(env, arguments[0], buffer)) return misuse(env);
  /*
   * Moved, not mapped anew at the fixed address: mapping a file can fail (a network file system, say) after the kernel
   * has dropped what lay there, and V8 would later unmap what somebody else has put into the hole.
   */
  if (mremap(m->base, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, data) == MAP_FAILED) {
    int error = errno;
    /* A hole after all, when the kernel itself is out of memory: filled, unless somebody was faster. */
    mmap(data, bytes, PROT_NONE, MAP_FIXED_NOREPLACE | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return to_number(env, error);
  }
  m->base = data;
  m->owner = RANGE_OF_V8;
  return to_number(env, 0);
}

/*
 * adopt(view) → a handle, or an errno. For the thread that a placed buffer was posted to: advice and residency of the
 * same pages. `view`: a Uint8Array over the whole buffer, which the handle keeps.
 *
 * Whatever JavaScript passes, these pages are V8's and stay reserved while the buffer lives. Whether a file lies there
 * is not asked: advice for other memory of a growable buffer changes nothing but what its own views read.
 */
static napi_value adopt(napi_env env, napi_callback_info info) {
  napi_value arguments[1], buffer;
  size_t count = 1, length;
  void *data;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count < 1 ||
      !get_growable(env, arguments[0], &buffer, &data, &length) || length == 0) {
    return misuse(env);
  }
  if ((uintptr_t)data % (size_t)sysconf(_SC_PAGESIZE) != 0) return to_number(env, EINVAL);
  mapping *m = calloc(1, sizeof *m);
  if (m == NULL) return to_number(env, ENOMEM);
  m->base = data;
  m->base_size = length;
  m->owner = RANGE_OF_V8;
  napi_value handle = make_handle(env, m);
  if (handle != NULL && !keep_buffer(env, handle, buffer)) return misuse(env);
  return handle;
}

/* expose(handle) → an external ArrayBuffer over the bytes asked for. Where place() did not succeed. */
static napi_value expose(napi_env env, napi_callback_info info) {
  napi_value arguments[1], buffer;
  mapping *m = get_mapping(env, info, 1, arguments);
  if (m == NULL) return NULL;
  if (m->owner != RANGE_OF_HANDLE) return misuse(env);
  m->owner = RANGE_OF_BUFFER;
  m->holder_count++;
  size_t size = m->base_size - m->delta;
  if (napi_create_external_arraybuffer(env, m->base + m->delta, size, finalize_buffer, m, &buffer) == napi_ok) {
    /* finalize_buffer leaves a handle that is safe to use, so this buffer need not be kept. */
    return buffer;
  }
  /* Node may or may not run finalize_buffer now. The count stays, so at worst these few bytes are never freed. */
  unmap(m);
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_error(env, NULL, "@permafrost/mmap: Node-API could not make an ArrayBuffer.");
  return NULL;
}

/*
 * close(handle) → 0 or an errno. One system call replaces the pages of the file by zero pages at the same addresses;
 * they cost neither memory nor swap. Views stay attached and keep their length (why: README.md, "close never detaches").
 */
static napi_value close_mapping(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  mapping *m = get_mapping(env, info, 1, arguments);
  if (m == NULL) return NULL;
  if (m->base == NULL || m->closed) return to_number(env, 0);
  void *base = mmap(m->base, m->base_size, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return to_number(env, errno);
  m->closed = true;
  return to_number(env, 0);
}

/* advise(handle, advice, offset, size) → 0 or an errno; advice is an index into the table below. */
static napi_value advise(napi_env env, napi_callback_info info) {
  static const int ADVICE[] = {MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTNEED};
  napi_value arguments[4];
  size_t advice, offset, size, bytes, page_size = (size_t)sysconf(_SC_PAGESIZE);
  uint8_t *start;
  mapping *m = get_mapping(env, info, 4, arguments);
  if (m == NULL) return NULL;
  if (!get_bytes(env, arguments[1], &advice) || advice >= sizeof ADVICE / sizeof *ADVICE ||
      !get_bytes(env, arguments[2], &offset) || !get_bytes(env, arguments[3], &size) ||
      !get_pages(m, offset, size, page_size, &start, &bytes)) {
    return misuse(env);
  }
  if (m->base == NULL || m->closed || size == 0) return to_number(env, 0);
  return to_number(env, madvise(start, bytes, ADVICE[advice]) == 0 ? 0 : errno);
}

/* residentSize(handle, offset, size) → bytes of the range that lie in resident pages, or minus an errno. */
static napi_value resident_size(napi_env env, napi_callback_info info) {
  enum { PAGES_PER_CALL = 4096 };
  unsigned char resident[PAGES_PER_CALL];
  napi_value arguments[3];
  size_t offset, size, bytes, page_size = (size_t)sysconf(_SC_PAGESIZE);
  uint8_t *start;
  mapping *m = get_mapping(env, info, 3, arguments);
  if (m == NULL) return NULL;
  if (!get_bytes(env, arguments[1], &offset) || !get_bytes(env, arguments[2], &size) ||
      !get_pages(m, offset, size, page_size, &start, &bytes)) {
    return misuse(env);
  }
  if (m->base == NULL || m->closed || size == 0) return to_number(env, 0);

  const uint8_t *range_start = m->base + m->delta + offset, *range_end = range_start + size;
  size_t result = 0;
  for (size_t done = 0; done < bytes;) {
    size_t chunk = bytes - done;
    if (chunk > PAGES_PER_CALL * page_size) chunk = PAGES_PER_CALL * page_size;
    if (mincore(start + done, chunk, resident) != 0) return to_number(env, -(double)errno);
    for (size_t page = 0; page < chunk / page_size; page++) {
      if ((resident[page] & 1) == 0) continue;
      /* The first and the last page may lie partly outside the range. */
      const uint8_t *page_start = start + done + page * page_size, *page_end = page_start + page_size;
      if (page_start < range_start) page_start = range_start;
      if (page_end > range_end) page_end = range_end;
      result += (size_t)(page_end - page_start);
    }
    done += chunk;
  }
  return to_number(env, (double)result);
}

/*
 * False in runtimes with the V8 sandbox (Electron): there all buffers must lie within the sandbox, and V8 may use their
 * pages again instead of unmapping them. The byte is never read.
 */
static bool allows_foreign_memory(napi_env env) {
  static uint8_t byte;
  napi_value buffer;
  return napi_create_external_arraybuffer(env, &byte, 1, NULL, NULL, &buffer) != napi_no_external_buffers_allowed;
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor properties[] = {
      {"map", NULL, map, NULL, NULL, NULL, napi_enumerable, NULL},
      {"place", NULL, place, NULL, NULL, NULL, napi_enumerable, NULL},
      {"adopt", NULL, adopt, NULL, NULL, NULL, napi_enumerable, NULL},
      {"expose", NULL, expose, NULL, NULL, NULL, napi_enumerable, NULL},
      {"close", NULL, close_mapping, NULL, NULL, NULL, napi_enumerable, NULL},
      {"advise", NULL, advise, NULL, NULL, NULL, napi_enumerable, NULL},
      {"residentSize", NULL, resident_size, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  napi_value source_hash, foreign_memory, page_size = to_number(env, (double)sysconf(_SC_PAGESIZE));
  /* SHA-256 of this file, given by scripts/prebuild.mjs: a test tells from it when the binary is older than the source. */
  if (napi_define_properties(env, exports, sizeof properties / sizeof *properties, properties) != napi_ok ||
      napi_create_string_latin1(env, SOURCE_SHA256, NAPI_AUTO_LENGTH, &source_hash) != napi_ok ||
      napi_set_named_property(env, exports, "sourceHash", source_hash) != napi_ok ||
      napi_set_named_property(env, exports, "pageSize", page_size) != napi_ok ||
      napi_get_boolean(env, allows_foreign_memory(env), &foreign_memory) != napi_ok ||
      napi_set_named_property(env, exports, "allowsForeignMemory", foreign_memory) != napi_ok) {
    return NULL;
  }
  return exports;
}
