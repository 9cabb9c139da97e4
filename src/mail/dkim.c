/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See dkim.h. Everything the library can prepare once is prepared in dkim_open(): what is left for a message is two hashes
 * and one signature.
 */
#include "mail/dkim.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

enum {
    HASH = 32,
    SIGNATURE_MOST = 512,
    BITS_LEAST = 2048,
    BITS_MOST = 4096,
    FIELDS_MOST = 64,
    LINE = 72,
    SCRATCH = 1024 * 1024,
    NAME_MOST = 253,
};

struct dkim {
    struct arena *scratch; /* of one message */
    EVP_PKEY *key;
    EVP_PKEY_CTX *signer;
    EVP_MD *sha256;
    EVP_MD_CTX *body;
    EVP_MD_CTX *head;
    char domain[NAME_MOST + 1];
    char selector[NAME_MOST + 1];
    bool is_broken; /* the library failed since dkim_body_begin() */
};

/* What is signed; `is_sealed`: once more than it is there. */
static const struct {
    struct span name;
    bool is_sealed;
} signed_fields[] = {
    {SPAN_INIT("from"), true},
    {SPAN_INIT("to"), true},
    {SPAN_INIT("subject"), true},
    {SPAN_INIT("date"), true},
    {SPAN_INIT("reply-to"), true},
    {SPAN_INIT("cc"), true},
    {SPAN_INIT("message-id"), true},
    {SPAN_INIT("mime-version"), true},
    {SPAN_INIT("content-type"), true},
    {SPAN_INIT("content-transfer-encoding"), true},
    {SPAN_INIT("list-id"), false},
    {SPAN_INIT("list-unsubscribe"), false},
    {SPAN_INIT("list-unsubscribe-post"), false},
};

/* ---- keys ---- */

/* No passphrase is asked for: a key that wants one is refused. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the library says what it takes */
static int no_passphrase(char *room, int size, int is_writing, void *ctx)
{
    (void)room;
    (void)size;
    (void)is_writing;
    (void)ctx;
    return -1;
}

static EVP_PKEY *read_key(struct span pem)
{
    BIO *bio = pem.n && pem.n <= DKIM_KEY_MOST ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;

    BIO_free(bio);
    if (key && (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key) < BITS_LEAST ||
                EVP_PKEY_get_bits(key) > BITS_MOST)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    ERR_clear_error();
    return key;
}

static bool is_name(struct span s)
{
    if (s.n == 0 || s.n > NAME_MOST)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '-' || s.p[i] == '.'))
            return false;
    return s.p[0] != '.' && s.p[s.n - 1] != '.';
}

enum rc dkim_open(struct span pem, struct span domain, struct span selector, struct dkim **dkim_out)
{
    struct dkim *d;
    EVP_PKEY *key = is_name(domain) && is_name(selector) ? read_key(pem) : NULL;

    *dkim_out = NULL;
    if (key == NULL)
        return RC_INVALID;
    d = calloc(1, sizeof *d);
    if (d == NULL) {
        EVP_PKEY_free(key);
        return RC_IO;
    }
    d->key = key;
    d->scratch = arena_open(SCRATCH);
    memcpy(d->domain, domain.p, domain.n);
    memcpy(d->selector, selector.p, selector.n);
    d->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    d->body = EVP_MD_CTX_new();
    d->head = EVP_MD_CTX_new();
    d->signer = EVP_PKEY_CTX_new(key, NULL);
    if (d->sha256 == NULL || d->body == NULL || d->head == NULL || d->signer == NULL ||
        EVP_PKEY_sign_init(d->signer) != 1 || EVP_PKEY_CTX_set_rsa_padding(d->signer, RSA_PKCS1_PADDING) != 1 ||
        EVP_PKEY_CTX_set_signature_md(d->signer, d->sha256) != 1) {
        dkim_close(&d);
        return RC_IO;
    }
    *dkim_out = d;
    return RC_OK;
}

void dkim_close(struct dkim **dkim)
{
    struct dkim *d = *dkim;

    if (d == NULL)
        return;
    EVP_PKEY_CTX_free(d->signer);
    EVP_MD_CTX_free(d->head);
    EVP_MD_CTX_free(d->body);
    EVP_MD_free(d->sha256);
    EVP_PKEY_free(d->key); /* wipes what it holds */
    arena_close(&d->scratch);
    free(d);
    *dkim = NULL;
}

enum rc dkim_key_new(struct arena *a, struct span *pem_out)
{
    EVP_PKEY *key = EVP_RSA_gen(BITS_LEAST);
    BIO *bio = key ? BIO_new(BIO_s_secmem()) : NULL;
    char *p = NULL;
    long n = 0;

    *pem_out = (struct span){0};
    if (bio && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1)
        n = BIO_get_mem_data(bio, &p);
    if (n > 0)
        *pem_out = arena_dup(a, (struct span){p, (size_t)n});
    BIO_free(bio);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return n > 0 ? RC_OK : RC_IO;
}

/* Unfolded. Lives in `a`. */
static struct span base64(struct arena *a, const unsigned char *p, size_t n)
{
    char *room = ARENA_ARRAY(a, char, (n + 2) / 3 * 4 + 1);
    int length = EVP_EncodeBlock((unsigned char *)room, p, (int)n);

    return (struct span){room, (size_t)length};
}

enum rc dkim_record(struct arena *a, struct span pem, struct span *record_out)
{
    EVP_PKEY *key = read_key(pem);
    unsigned char *der = NULL;
    int n = key ? i2d_PUBKEY(key, &der) : 0;

    *record_out = (struct span){0};
    if (n > 0)
        *record_out = arena_join(a, (struct span[]){S("v=DKIM1; k=rsa; p="), base64(a, der, (size_t)n)}, 2);
    OPENSSL_free(der);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return n > 0 ? RC_OK : RC_INVALID;
}

/* ---- the head ---- */

static bool is_wsp(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void dkim_relax(struct buf *out, struct span field)
{
    struct span name;
    struct span value;
    bool is_gap = false;

    (void)span_cut(field, ':', &name, &value);
    name = span_trim(name);
    value = span_trim(value);
    for (size_t i = 0; i < name.n; i++)
        buf_char(out, name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] + 'a' - 'A') : name.p[i]);
    buf_char(out, ':');
    for (size_t i = 0; i < value.n; i++) {
        if (is_wsp(value.p[i])) {
            is_gap = true;
            continue;
        }
        if (is_gap)
            buf_char(out, ' ');
        is_gap = false;
        buf_char(out, value.p[i]);
    }
}

struct fields {
    struct span items[FIELDS_MOST]; /* whole, without the line end */
    size_t count;
};

/* False for what is no head: a line without a name, a lone CR or LF, too many fields. */
static bool take_apart(struct span head, struct fields *f)
{
    f->count = 0;
    while (head.n) {
        size_t end = 0;

        do {
            size_t line = span_find(span_from(head, end), S("\r\n"));

            if (line == SPAN_NONE)
                return false;
            end += line + 2;
        } while (end < head.n && (head.p[end] == ' ' || head.p[end] == '\t'));
        if (f->count == FIELDS_MOST || span_find_char(span_sub(head, 0, end), ':') == SPAN_NONE)
            return false;
        f->items[f->count++] = span_sub(head, 0, end - 2);
        head = span_from(head, end);
    }
    return f->count > 0;
}

/* The n-th from the bottom of that name (RFC 6376 §5.4.2), or the empty span. */
static struct span field_from_below(const struct fields *f, struct span name, size_t n)
{
    for (size_t i = f->count; i > 0; i--) {
        struct span field = f->items[i - 1];
        size_t colon = span_find_char(field, ':');

        if (span_eq_nocase(span_trim(span_sub(field, 0, colon)), name) && n-- == 0)
            return field;
    }
    return (struct span){0};
}

static void add_to_head(struct dkim *d, struct span s)
{
    if (s.n && EVP_DigestUpdate(d->head, s.p, s.n) != 1)
        d->is_broken = true;
}

static void list_name(struct buf *out, struct span name, size_t *column)
{
    bool is_first = *column == 0;

    if (!is_first)
        buf_char(out, ':');
    if (is_first) {
        *column = 4;
    } else if (*column + name.n + 2 > LINE) {
        buf_put(out, S("\r\n  "));
        *column = 3;
    }
    buf_put(out, name);
    *column += name.n + 1;
}

/* Hashes what is signed and writes the names: "from:from:to…". */
static void sign_fields(struct dkim *d, const struct fields *f, struct buf *out)
{
    struct buf relaxed;
    size_t column = 0;

    buf_init(&relaxed, d->scratch, DKIM_HEAD_MOST);
    for (size_t i = 0; i < COUNT(signed_fields); i++) {
        struct span name = signed_fields[i].name;
        struct span field;
        size_t n = 0;

        while ((field = field_from_below(f, name, n)).n) {
            relaxed.n = 0;
            dkim_relax(&relaxed, field);
            add_to_head(d, buf_span(&relaxed));
            add_to_head(d, S("\r\n"));
            list_name(out, name, &column);
            n++;
        }
        if (signed_fields[i].is_sealed)
            list_name(out, name, &column);
    }
}

void dkim_body_begin(struct dkim *dkim)
{
    dkim->is_broken = EVP_DigestInit_ex2(dkim->body, dkim->sha256, NULL) != 1;
}

void dkim_body_add(struct dkim *dkim, struct span canonical)
{
    if (canonical.n && EVP_DigestUpdate(dkim->body, canonical.p, canonical.n) != 1)
        dkim->is_broken = true;
}

static void put_in_lines(struct buf *out, struct span s)
{
    for (size_t at = 0; at < s.n; at += LINE) {
        if (at)
            buf_put(out, S("\r\n  "));
        buf_put(out, span_sub(s, at, LINE));
    }
}

enum rc dkim_sign(struct dkim *dkim, struct span head, struct instant now, struct buf *out)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned char signature[SIGNATURE_MOST];
    size_t length = sizeof signature;
    long long seconds = (long long)(now.us / 1000000);
    struct fields fields;
    struct buf *field;
    struct buf *relaxed;

    if (head.n > DKIM_HEAD_MOST || !take_apart(head, &fields))
        return RC_INVALID;
    arena_wipe(dkim->scratch); /* the head says whom it is to */
    field = buf_new(dkim->scratch, DKIM_HEAD_MOST);
    relaxed = buf_new(dkim->scratch, DKIM_HEAD_MOST);
    dkim->is_broken |= EVP_DigestFinal_ex(dkim->body, hash, NULL) != 1 ||
                       EVP_DigestInit_ex2(dkim->head, dkim->sha256, NULL) != 1;
    buf_printf(field,
               "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s;\r\n"
               "  s=%s; t=%lld; x=%lld;\r\n  h=",
               dkim->domain, dkim->selector, seconds, seconds + DKIM_DAYS * 86400LL);
    sign_fields(dkim, &fields, field);
    buf_put(field, S(";\r\n  bh="));
    buf_put(field, base64(dkim->scratch, hash, HASH));
    buf_put(field, S(";\r\n  b="));
    dkim_relax(relaxed, buf_span(field));
    add_to_head(dkim, buf_span(relaxed));
    if (dkim->is_broken || EVP_DigestFinal_ex(dkim->head, hash, NULL) != 1 ||
        EVP_PKEY_sign(dkim->signer, signature, &length, hash, HASH) != 1) {
        ERR_clear_error();
        return RC_IO;
    }
    put_in_lines(field, base64(dkim->scratch, signature, length));
    buf_put(field, S("\r\n"));
    buf_put(out, buf_span(field));
    return RC_OK;
}
