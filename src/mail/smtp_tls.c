/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * TLS for a connection: 1.2 or later, a certificate that leads to a CA we know, for the host's name or address, today.
 * There is no way to ask for less.
 *
 * The library reads and writes the socket through a BIO of ours, for its own raises SIGPIPE. What it says was written is
 * whole records in the kernel's hands; so a letter whose dot was not written was not sent.
 */
#include "mail/smtp_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

/* ---- the socket, as the library sees it ---- */

static bool may_try_again(ssize_t n)
{
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

static int bio_write(BIO *bio, const char *bytes, int n)
{
    const struct smtp_conn *c = BIO_get_data(bio);
    ssize_t written = send(c->fd, bytes, (size_t)n, MSG_NOSIGNAL);

    BIO_clear_retry_flags(bio);
    if (may_try_again(written))
        BIO_set_retry_write(bio);
    return (int)written;
}

static int bio_read(BIO *bio, char *room, int n)
{
    const struct smtp_conn *c = BIO_get_data(bio);
    ssize_t got = recv(c->fd, room, (size_t)n, 0);

    BIO_clear_retry_flags(bio);
    if (may_try_again(got))
        BIO_set_retry_read(bio);
    return (int)got;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the library says what it takes */
static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *bio_method(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "smtp");

    if (m && BIO_meth_set_write(m, bio_write) == 1 && BIO_meth_set_read(m, bio_read) == 1 &&
        BIO_meth_set_ctrl(m, bio_ctrl) == 1)
        return m;
    BIO_meth_free(m);
    return NULL;
}

/* ---- the house ---- */

enum rc smtp_tls_open(struct smtp *s, const char *ca_file, struct span *fault_out)
{
    s->bio = bio_method();
    s->tls = SSL_CTX_new(TLS_client_method());
    if (s->bio == NULL || s->tls == NULL || SSL_CTX_set_min_proto_version(s->tls, TLS1_2_VERSION) != 1) {
        *fault_out = S("the TLS library cannot be started");
        ERR_clear_error();
        return RC_IO;
    }
    /* a reply may name who was written to: the library wipes its copy of one when we have read it */
    SSL_CTX_set_options(s->tls, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CLEANSE_PLAINTEXT);
    SSL_CTX_set_mode(s->tls,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(s->tls, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_file(s->tls, ca_file) != 1) {
        *fault_out = S("the file of certificate authorities cannot be read, or holds none");
        ERR_clear_error();
        return RC_INVALID;
    }
    return RC_OK;
}

void smtp_tls_close(struct smtp *s)
{
    SSL_CTX_free(s->tls);
    BIO_meth_free(s->bio);
    s->tls = NULL;
    s->bio = NULL;
}

/* ---- a connection ---- */

/* Whose certificate it has to be. */
static bool set_name(struct smtp_conn *c)
{
    const char *host = c->smtp->options.host.p; /* ends with a NUL: smtp_open.c */
    unsigned char address[sizeof(struct in6_addr)];

    if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(c->tls), host) == 1;
    SSL_set_hostflags(c->tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(c->tls, host) == 1 && SSL_set_tlsext_host_name(c->tls, host) == 1;
}

bool smtp_tls_begin(struct smtp_conn *c)
{
    BIO *bio = BIO_new(c->smtp->bio);

    c->tls = SSL_new(c->smtp->tls);
    if (bio == NULL || c->tls == NULL || !set_name(c)) {
        BIO_free(bio);
        SSL_free(c->tls);
        c->tls = NULL;
        ERR_clear_error();
        return false;
    }
    BIO_set_data(bio, c);
    BIO_set_init(bio, 1);
    SSL_set_bio(c->tls, bio, bio);
    SSL_set_connect_state(c->tls);
    return true;
}

void smtp_tls_end(struct smtp_conn *c, bool says_so)
{
    if (says_so && SSL_is_init_finished(c->tls))
        (void)SSL_shutdown(c->tls);
    SSL_free(c->tls);
    c->tls = NULL;
    c->tls_wants_write = false;
    ERR_clear_error();
}

static enum smtp_io of_result(struct smtp_conn *c, int result)
{
    int error = SSL_get_error(c->tls, result);

    c->tls_wants_write = error == SSL_ERROR_WANT_WRITE;
    if (result == 1)
        return SMTP_IO_SOME;
    ERR_clear_error();
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? SMTP_IO_NONE : SMTP_IO_END;
}

enum smtp_io smtp_tls_read(struct smtp_conn *c, char *room, size_t size, size_t *n_out)
{
    *n_out = 0;
    return of_result(c, SSL_read_ex(c->tls, room, size, n_out));
}

enum smtp_io smtp_tls_write(struct smtp_conn *c, struct span bytes, size_t *n_out)
{
    *n_out = 0;
    return of_result(c, SSL_write_ex(c->tls, bytes.p, bytes.n, n_out));
}

/* An end that the peer made, or the network, against what is not TLS, or not ours. */
static enum smtp_trouble why_not(const struct smtp_conn *c, int error)
{
    if (SSL_get_verify_result(c->tls) != X509_V_OK)
        return SMTP_CERTIFICATE;
    if (error == SSL_ERROR_SYSCALL || error == SSL_ERROR_ZERO_RETURN ||
        ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return SMTP_HUNG_UP;
    return SMTP_NO_TLS;
}

enum smtp_io smtp_tls_shake(struct smtp_conn *c, enum smtp_trouble *trouble_out)
{
    int result;
    int error;

    ERR_clear_error();
    result = SSL_do_handshake(c->tls);
    error = SSL_get_error(c->tls, result);
    *trouble_out = result == 1 ? SMTP_NO_TLS : why_not(c, error);
    return of_result(c, result);
}
