/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See terminal.h. While words are typed the terminal gives us every key, Ctrl-C too, and the signals that end a program
 * wait: none of them may leave the terminal without its echo.
 */
#define _GNU_SOURCE
#include "main/terminal.h"

#include "main/command.h"
#include "seal/passphrase.h"
#include "seal/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

enum {
    KEY_CTRL_C = 3,
    KEY_CTRL_D = 4,
    KEY_CTRL_H = 8,
    KEY_CTRL_U = 21,
    KEY_CTRL_Z = 26,
    KEY_QUIT = 28,
    KEY_DELETE = 127
};

struct terminal {
    int from;
    int to;
    bool is_person; /* a terminal; else two descriptors of a program */
    bool has_screens;
};
struct typed_line {
    size_t n;
    char text[PASSPHRASE_MOST];
    char key; /* the newest, before it is known what it is */
};

void terminal_guard_process(void)
{
    const struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0);
}

static bool is_open(int fd)
{
    if (fcntl(fd, F_GETFD) != -1)
        return true;
    say_fault("descriptor %d is not open", fd);
    return false;
}

struct terminal *terminal_open(int from, int to)
{
    struct terminal *t = calloc(1, sizeof *t);
    const char *kind = getenv("TERM");

    CHECK(t != NULL);
    *t = (struct terminal){.from = from, .to = to};
    if (from == -1) {
        t->is_person = true;
        t->from = t->to = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
        t->has_screens = kind && kind[0] && strcmp(kind, "dumb") != 0;
        if (t->from == -1)
            say_fault("there is no terminal to show the words on; a program names two descriptors with "
                      "--passphrase-to and --passphrase-from");
    } else if (!is_open(from) || !is_open(to)) {
        t->from = -1;
    }
    if (t->from != -1)
        return t;
    free(t);
    return NULL;
}

void terminal_close(struct terminal **terminal)
{
    if (*terminal && (*terminal)->is_person)
        (void)close((*terminal)->from);
    free(*terminal);
    *terminal = NULL;
}

static bool put(const struct terminal *t, struct span s)
{
    while (s.n) {
        ssize_t n = write(t->to, s.p, s.n);

        if (n < 0 && errno != EINTR)
            return false;
        s = span_from(s, n > 0 ? (size_t)n : 0);
    }
    return true;
}

/* ---- keys of a keyboard ---- */

struct quiet {
    struct termios before;
    sigset_t signals;
    bool is_set;
};

static bool be_quiet(const struct terminal *t, struct quiet *quiet_out)
{
    struct termios now;
    sigset_t ending;

    *quiet_out = (struct quiet){0};
    if (!t->is_person)
        return true;
    (void)sigemptyset(&ending);
    (void)sigaddset(&ending, SIGHUP);
    (void)sigaddset(&ending, SIGINT);
    (void)sigaddset(&ending, SIGQUIT);
    (void)sigaddset(&ending, SIGTERM);
    (void)sigaddset(&ending, SIGTSTP);
    if (tcgetattr(t->from, &quiet_out->before) != 0)
        return false;
    now = quiet_out->before;
    now.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    now.c_iflag |= ICRNL;
    now.c_cc[VMIN] = 1;
    now.c_cc[VTIME] = 0;
    (void)sigprocmask(SIG_BLOCK, &ending, &quiet_out->signals);
    quiet_out->is_set = tcsetattr(t->from, TCSAFLUSH, &now) == 0;
    if (!quiet_out->is_set)
        (void)sigprocmask(SIG_SETMASK, &quiet_out->signals, NULL);
    return quiet_out->is_set;
}

static void be_loud(const struct terminal *t, const struct quiet *quiet)
{
    if (!quiet->is_set)
        return;
    (void)tcsetattr(t->from, TCSAFLUSH, &quiet->before);
    (void)sigprocmask(SIG_SETMASK, &quiet->signals, NULL);
}

enum key_use { KEY_IS_TEXT, KEY_ENDS, KEY_LEAVES, KEY_IS_NOTHING };

static enum key_use use_key(const struct terminal *t, struct typed_line *line)
{
    switch (line->key) {
    case '\n':
        return KEY_ENDS;
    case KEY_CTRL_C:
    case KEY_CTRL_D:
    case KEY_CTRL_Z:
    case KEY_QUIT:
        return t->is_person ? KEY_LEAVES : KEY_IS_TEXT;
    case KEY_CTRL_H:
    case KEY_DELETE:
        line->n -= line->n > 0;
        return KEY_IS_NOTHING;
    case KEY_CTRL_U:
        line->n = 0;
        return KEY_IS_NOTHING;
    default:
        return line->n < sizeof line->text ? KEY_IS_TEXT : KEY_IS_NOTHING;
    }
}

/* Until Enter. False: the person went away. */
static bool read_line(const struct terminal *t, struct typed_line *line)
{
    for (;;) {
        ssize_t n = read(t->from, &line->key, 1);
        enum key_use use;

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 && !t->is_person && line->n > 0; /* a program's last line may have no end */
        use = use_key(t, line);
        if (use == KEY_ENDS || use == KEY_LEAVES)
            return use == KEY_ENDS;
        if (use == KEY_IS_TEXT)
            line->text[line->n++] = line->key;
    }
}

struct typed_line *terminal_ask(struct terminal *t, struct span why)
{
    struct typed_line *line = secret_alloc(sizeof *line);
    struct quiet quiet;
    bool is_fine = be_quiet(t, &quiet);

    if (is_fine) {
        if (t->is_person)
            is_fine = put(t, why);
        is_fine = is_fine && read_line(t, line);
        if (t->is_person)
            (void)put(t, S("\n"));
        be_loud(t, &quiet);
    }
    if (!is_fine)
        typed_line_close(&line);
    return line;
}

struct span typed_line_text(const struct typed_line *line)
{
    return (struct span){line->text, line->n};
}

void typed_line_close(struct typed_line **line)
{
    secret_free(*line);
    *line = NULL;
}

/* ---- showing ---- */

bool terminal_show(struct terminal *t, struct span why, struct span words)
{
    struct typed_line *enter;
    bool is_fine;

    if (!t->is_person)
        return put(t, words) && put(t, S("\n"));
    is_fine = (!t->has_screens || put(t, S("\033[?1049h\033[2J\033[H"))) && put(t, why) && put(t, S("\n\n    ")) &&
              put(t, words) && put(t, S("\n\n"));
    enter = is_fine ? terminal_ask(t, S("Press Enter once they are on paper. ")) : NULL;
    is_fine = enter != NULL;
    typed_line_close(&enter);
    if (t->has_screens)
        (void)put(t, S("\033[2J\033[H\033[?1049l"));
    return is_fine;
}
