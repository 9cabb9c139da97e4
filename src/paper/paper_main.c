/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * breakroom-paper: one request and one document in, answers out, behind the sandbox. Started by breakroom alone.
 */
#include "paper/leaf.h"

#include "model/lang.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

extern fz_document_handler img_document_handler; /* of MuPDF's library, in none of its headers */
extern fz_document_handler pdf_document_handler;

enum {
    MEMORY_PAGE = 256 * 1024 * 1024,
    MEMORY_LEAFLET = 512 * 1024 * 1024, /* a photo of fifty megapixels is twice in memory for a moment */
    MEMORY_STORE = 64 * 1024 * 1024,    /* what MuPDF may keep for the next page */
    MEMORY_ARENA = 128 * 1024 * 1024,
    MEMORY_ALL = 768 * 1024 * 1024, /* and the document, the request, encoders */
    TAIL = 4096,
};

/* ---- memory ---- */

static size_t memory_used;
static size_t memory_most = MEMORY_PAGE;

static void *limited_realloc(void *user, void *old, size_t size)
{
    size_t before = old ? malloc_usable_size(old) : 0;
    void *p;

    (void)user;
    if (size > memory_most || memory_used - before + size > memory_most)
        return NULL;
    p = realloc(old, size ? size : 1);
    if (p)
        memory_used = memory_used - before + malloc_usable_size(p);
    return p;
}

static void *limited_malloc(void *user, size_t size)
{
    return limited_realloc(user, NULL, size);
}

static void limited_free(void *user, void *p)
{
    (void)user;
    if (p)
        memory_used -= malloc_usable_size(p);
    free(p);
}

static const fz_alloc_context limited = {NULL, limited_malloc, limited_realloc, limited_free};

static void say_nothing(void *user, const char *message)
{
    (void)user;
    (void)message; /* it may hold words of the document */
}

/* ---- the request ---- */

/* A list of `count` things of at least `size` bytes each. Ends the process when they cannot be there. */
static void *room_for(struct arena *a, const struct wire_in *in, uint32_t count, size_t wire_size, size_t size)
{
    if (count > in->rest.n / wire_size)
        helper_fault(PAPER_NONSENSE, 0);
    return arena_alloc_array(a, count, size);
}

static struct doc_box take_box(struct wire_in *in)
{
    struct doc_box box;

    box.x0 = wire_take_i32(in);
    box.y0 = wire_take_i32(in);
    box.x1 = wire_take_i32(in);
    box.y1 = wire_take_i32(in);
    return box;
}

static void take_looks(struct arena *a, struct wire_in *in, struct mu_request *request)
{
    struct mu_look *looks;

    request->look_count = wire_take_u32(in);
    looks = room_for(a, in, request->look_count, 8, sizeof *looks);
    for (uint32_t i = 0; i < request->look_count; i++) {
        looks[i].page = wire_take_u32(in);
        looks[i].turn = wire_take_u32(in);
        if (looks[i].turn > 270 || looks[i].turn % 90)
            helper_fault(PAPER_NONSENSE, 0);
    }
    request->looks = looks;
}

static void take_redactions(struct arena *a, struct wire_in *in, struct mu_request *request)
{
    struct redaction *redactions;

    request->redaction_count = wire_take_u32(in);
    redactions = room_for(a, in, request->redaction_count, 20, sizeof *redactions);
    for (uint32_t i = 0; i < request->redaction_count; i++) {
        redactions[i].page = wire_take_u32(in);
        redactions[i].box = take_box(in);
    }
    request->redactions = redactions;
}

static void take_words(struct arena *a, struct wire_in *in, struct mu_request *request)
{
    struct mu_words *pages = room_for(a, in, request->look_count, 4, sizeof *pages);

    for (uint32_t i = 0; i < request->look_count; i++) {
        uint32_t count = wire_take_u32(in);
        struct doc_word *words = room_for(a, in, count, WIRE_WORD_MIN - 1, sizeof *words);

        for (uint32_t w = 0; w < count; w++) {
            words[w].box = take_box(in);
            words[w].line = wire_take_u32(in);
            words[w].confidence = wire_take_u16(in);
            words[w].text = wire_take_text(in);
        }
        pages[i] = (struct mu_words){words, count};
    }
    request->words = pages;
}

static struct mu_request read_request(struct arena **a_out)
{
    struct mu_request request = {0};
    struct wire_in in = {0};
    size_t n;

    in.rest.p = helper_read(WIRE_REQUEST, &n);
    in.rest.n = n;
    *a_out = arena_open((size_t)1024 * 1024 + n * 4);
    request.operation = wire_take_u32(&in);
    request.kind = wire_take_u32(&in);
    request.form = wire_take_u32(&in);
    request.lang = wire_take_u32(&in);
    request.dpi = wire_take_u32(&in);
    request.width_most = wire_take_u32(&in);
    request.pages_most = wire_take_u32(&in);
    take_looks(*a_out, &in, &request);
    take_redactions(*a_out, &in, &request);
    if (request.operation == WIRE_COPY)
        take_words(*a_out, &in, &request);
    if (in.is_short || in.rest.n || request.dpi == 0 || request.dpi > 1200 || request.lang >= LANG_COUNT)
        helper_fault(PAPER_NONSENSE, 0);
    return request;
}

/* ---- the document ---- */

static const char *magic_of(uint32_t kind)
{
    static const char *const magic[] = {
        [DOC_KIND_PDF] = "application/pdf",
        [DOC_KIND_JPEG] = "image/jpeg",
        [DOC_KIND_PNG] = "image/png",
        [DOC_KIND_TIFF] = "image/tiff",
    };

    if (kind >= COUNT(magic))
        helper_fault(PAPER_NONSENSE, 0);
    return magic[kind];
}

static bool has_pdf_end(struct span bytes)
{
    struct span tail = bytes.n > TAIL ? span_from(bytes, bytes.n - TAIL) : bytes;

    return span_find(tail, S("%%EOF")) != SPAN_NONE;
}

static void open_document(struct mu *mu, fz_stream *stream, struct span bytes)
{
    fz_context *ctx = mu->ctx;
    int pages;

    mu->document = fz_open_document_with_stream(ctx, magic_of(mu->request->kind), stream);
    if (fz_needs_password(ctx, mu->document)) /* no, where an empty one opens it */
        helper_fault(PAPER_PASSWORD, 0);
    /* A PDF that was cut off is mended as far as it goes; pages would be missing and nobody would know. */
    if (mu->request->kind == DOC_KIND_PDF && !has_pdf_end(bytes))
        helper_fault(PAPER_TRUNCATED, 0);
    pages = fz_count_pages(ctx, mu->document);
    if (pages <= 0)
        helper_fault(PAPER_NO_PAGES, 0);
    if ((uint32_t)pages > mu->request->pages_most)
        helper_fault(PAPER_MANY_PAGES, 0);
    mu->page_count = (uint32_t)pages;
}

static void send_count(const struct mu *mu)
{
    struct buf *b = buf_new(mu->arena, 16);

    wire_u32(b, mu->page_count);
    helper_write(WIRE_COUNT, buf_span(b));
}

static void check_pages(const struct mu *mu)
{
    const struct mu_request *request = mu->request;

    for (uint32_t i = 0; i < request->look_count; i++)
        if (request->looks[i].page == 0 || request->looks[i].page > mu->page_count)
            helper_fault(PAPER_NO_SUCH_PAGE, request->looks[i].page);
    for (uint32_t i = 0; i < request->redaction_count; i++)
        if (request->redactions[i].page == 0 || request->redactions[i].page > mu->page_count)
            helper_fault(PAPER_NO_SUCH_PAGE, request->redactions[i].page);
}

static _Noreturn void serve(struct mu *mu, struct span bytes)
{
    fz_context *ctx = mu->ctx;
    fz_stream *stream = NULL;

    fz_var(stream);
    fz_try(ctx)
    {
        if (mu->request->operation == WIRE_LEAFLET) {
            memory_most = MEMORY_LEAFLET;
            mu_leaflet(mu, bytes);
            helper_end();
        }
        fz_register_document_handler(ctx, &pdf_document_handler);
        fz_register_document_handler(ctx, &img_document_handler);
        stream = fz_open_memory(ctx, (const unsigned char *)bytes.p, bytes.n);
        open_document(mu, stream, bytes);
        send_count(mu);
        check_pages(mu);
        if (mu->request->operation == WIRE_READ)
            mu_read(mu);
        else if (mu->request->operation == WIRE_DRAW)
            mu_draw(mu);
        else if (mu->request->operation == WIRE_COPY)
            mu_copy(mu);
        else
            helper_fault(PAPER_NONSENSE, 0);
    }
    fz_catch(ctx)
    {
        helper_fault(fz_caught(ctx) == FZ_ERROR_MEMORY ? PAPER_MEMORY : PAPER_DAMAGED, mu->page);
    }
    helper_end();
}

int main(void)
{
    struct mu mu = {0};
    struct mu_request request;
    struct arena *asked;
    struct span bytes;
    size_t n;

    mu.arena = arena_open(MEMORY_ARENA);
    mu.ctx = fz_new_context(&limited, NULL, MEMORY_STORE);
    if (mu.ctx == NULL)
        return 3;
    fz_set_warning_callback(mu.ctx, say_nothing, NULL);
    fz_set_error_callback(mu.ctx, say_nothing, NULL);
    helper_close_in(MEMORY_ALL);
    request = read_request(&asked);
    mu.request = &request;
    bytes.p = helper_read(WIRE_DOCUMENT, &n);
    bytes.n = n;
    serve(&mu, bytes);
}
