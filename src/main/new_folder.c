/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * From the texts of skeleton/ to a campaign folder on disk.
 *
 * skeleton/en and skeleton/es hold the same files in both languages, skeleton/common what has no language. In them
 * @NAME@ and its like stand for the answers, and two marks do the rest:
 *   ★ before a key of an .ini file or a column of a .csv file: words of our own, once more for each further language;
 *   ☆ before a line of front matter: stands in the main language's file only.
 * The folder is made under a hidden name beside its place, synced, and renamed: nobody ever sees half of it.
 */
#include "main/new_folder.h"

#include "skeleton.h" /* generated: skeleton_files */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STAR      S("★")
#define MAIN_ONLY S("☆ ")

enum { NEW_FILE_MAX = 64 * 1024 };

struct out_file {
    struct span path; /* inside the folder */
    struct span text;
};

struct out_files {
    struct arena *arena;
    LIST(struct out_file) list;
};

/* ---- filling in ---- */

static struct span language_list(struct arena *a, const struct new_answers *answers)
{
    struct buf *b = buf_new(a, 64);

    for (size_t i = 0; i < answers->language_count; i++) {
        if (i)
            buf_put(b, S(", "));
        buf_put(b, lang_code(answers->languages[i]));
    }
    return buf_span(b);
}

static struct span today_text(struct arena *a, const struct new_answers *answers)
{
    struct buf *b = buf_new(a, 64);

    date_put(b, answers->today);
    return buf_span(b);
}

/* What stands for @WORD@ in a file of that language. */
static struct span placeholder(struct arena *a, const struct new_answers *answers, struct span word, enum lang lang)
{
    if (span_eq(word, S("NAME")))
        return answers->name;
    if (span_eq(word, S("EMPLOYER")))
        return answers->employer;
    if (span_eq(word, S("DOMAINS")))
        return answers->mail_domains;
    if (span_eq(word, S("LANGUAGES")))
        return language_list(a, answers);
    if (span_eq(word, S("ZONE")))
        return answers->zone_name;
    if (span_eq(word, S("HOST")))
        return answers->host;
    if (span_eq(word, S("CONTACT")))
        return answers->contact;
    if (span_eq(word, S("TODAY")))
        return today_text(a, answers);
    CHECK(span_eq(word, S("ROOT"))); /* where that language's pages begin */
    return lang == answers->languages[0] ? S("") : arena_printf(a, "/%.*s", SPAN_ARGS(lang_code(lang)));
}

static size_t capitals(struct span s)
{
    size_t n = 0;

    while (n < s.n && s.p[n] >= 'A' && s.p[n] <= 'Z')
        n++;
    return n;
}

/* One line, its placeholders filled in. What is put in is not looked at again. */
static void fill_line(struct buf *out, struct span line, const struct new_answers *answers, enum lang lang)
{
    size_t at;

    while ((at = span_find_char(line, '@')) != SPAN_NONE) {
        size_t n = capitals(span_from(line, at + 1));

        buf_put(out, span_sub(line, 0, at));
        if (n > 0 && at + 1 + n < line.n && line.p[at + 1 + n] == '@') {
            buf_put(out, placeholder(out->arena, answers, span_sub(line, at + 1, n), lang));
            line = span_from(line, at + n + 2);
        } else {
            buf_char(out, '@');
            line = span_from(line, at + 1);
        }
    }
    buf_put(out, line);
}

/* "key,★text" → "key,text,text_es". */
static void fill_columns(struct buf *out, struct span line, const struct new_answers *answers)
{
    struct span column;
    bool is_first = true;

    while (span_next(&line, ',', &column)) {
        bool is_ours = span_starts(column, STAR);

        if (!is_first)
            buf_char(out, ',');
        is_first = false;
        if (is_ours)
            column = span_from(column, STAR.n);
        buf_put(out, column);
        for (size_t i = 1; is_ours && i < answers->language_count; i++) {
            struct span code = lang_code(answers->languages[i]);

            buf_printf(out, ",%.*s_%.*s", SPAN_ARGS(column), SPAN_ARGS(code));
        }
    }
    buf_char(out, '\n');
}

/* The bytes of a text that is there. */
static struct span embedded(struct span path)
{
    struct span bytes = {0};

    for (size_t i = 0; i < skeleton_files_count; i++) {
        if (span_eq(skeleton_files[i].path, path))
            bytes = skeleton_files[i].bytes;
    }
    CHECK(bytes.n > 0);
    return bytes;
}

/* "★ tagline = …" of the main language's campaign.ini: the same line of the other language follows, as tagline_es. */
static void fill_ini_translations(struct buf *out, struct span key, const struct new_answers *answers)
{
    for (size_t i = 1; i < answers->language_count; i++) {
        enum lang lang = answers->languages[i];
        struct span code = lang_code(lang);
        struct span rest = embedded(arena_printf(out->arena, "%.*s/campaign.ini", SPAN_ARGS(code)));
        struct span start = arena_printf(out->arena, "★ %.*s =", SPAN_ARGS(key));
        struct span line;

        while (span_next(&rest, '\n', &line)) {
            if (!span_starts(line, start))
                continue;
            buf_printf(out, "%.*s_%.*s =", SPAN_ARGS(key), SPAN_ARGS(code));
            fill_line(out, span_from(line, start.n), answers, lang);
            buf_char(out, '\n');
        }
    }
}

/* A whole text, line by line. Every text of skeleton/ ends with a line end. */
static struct span fill_text(struct arena *a, struct span text, const struct new_answers *answers, enum lang lang)
{
    struct buf *out = buf_new(a, NEW_FILE_MAX);
    bool is_main = lang == answers->languages[0];
    struct span rest = text;
    struct span line;
    struct span key;
    struct span value;

    while (rest.n && span_next(&rest, '\n', &line)) {
        if (span_starts(line, MAIN_ONLY)) {
            if (!is_main)
                continue;
            line = span_from(line, MAIN_ONLY.n);
        }
        if (!span_starts(line, STAR)) {
            fill_line(out, line, answers, lang);
            buf_char(out, '\n');
            continue;
        }
        line = span_from(line, STAR.n + 1);
        fill_line(out, line, answers, lang);
        buf_char(out, '\n');
        CHECK(span_cut(line, '=', &key, &value));
        fill_ini_translations(out, span_trim(key), answers);
    }
    CHECK(!buf_overflowed(out));
    return buf_span(out);
}

/* Where a file of skeleton/LANG goes, or nothing when this campaign has no use for it. */
static struct span out_path(struct arena *a, struct span name, const struct new_answers *answers, enum lang lang)
{
    bool is_main = lang == answers->languages[0];
    struct span folder = S("news/");

    if (span_starts(name, folder))
        name =
            arena_printf(a, "news/%.*s-%.*s", SPAN_ARGS(today_text(a, answers)), SPAN_ARGS(span_from(name, folder.n)));
    if (is_main)
        return name;
    if (!span_ends(name, S(".md")) || span_eq(name, S("README.md")))
        return (struct span){0};
    return arena_printf(a, "%.*s.%.*s.md", SPAN_ARGS(span_sub(name, 0, name.n - 3)), SPAN_ARGS(lang_code(lang)));
}

static void add_file(struct out_files *files, struct span path, struct span text)
{
    *LIST_ADD(files->arena, &files->list) = (struct out_file){path, text};
}

static void fill_all(struct out_files *files, const struct new_answers *answers)
{
    for (size_t i = 0; i < skeleton_files_count; i++) {
        const struct embed_file *file = &skeleton_files[i];
        struct span code;
        struct span name;
        enum lang lang;

        CHECK(span_cut(file->path, '/', &code, &name));
        if (!lang_from_code(code, &lang)) {
            struct buf *out = buf_new(files->arena, NEW_FILE_MAX);

            fill_columns(out, span_trim(file->bytes), answers);
            add_file(files, name, buf_span(out));
            continue;
        }
        for (size_t j = 0; j < answers->language_count; j++) {
            struct span path;

            if (answers->languages[j] != lang)
                continue;
            path = out_path(files->arena, name, answers, lang);
            if (path.n)
                add_file(files, path, fill_text(files->arena, file->bytes, answers, lang));
        }
    }
}

/* ---- on disk ---- */

static enum rc io_fault(struct arena *a, const char *what, const char *path, struct span *fault_out)
{
    *fault_out =
        arena_printf(a, "cannot %s “%.*s”: %s", what, SPAN_ARGS(span_sub(span_of(path), 0, 200)), strerror(errno));
    return RC_IO;
}

static int sync_and_close(int fd)
{
    int synced = fsync(fd);
    int failed = errno;
    int closed = close(fd);

    if (synced)
        errno = failed;
    return synced ? synced : closed;
}

static int write_all(int fd, struct span bytes)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        bytes = span_from(bytes, (size_t)n);
    }
    return 0;
}

/* Writes one file, and the folder it lies in when that is not there. */
static int write_file(struct arena *a, int root, const struct out_file *file)
{
    size_t slash = span_find_char(file->path, '/');
    int fd;

    if (slash != SPAN_NONE && mkdirat(root, arena_cstr(a, span_sub(file->path, 0, slash)), 0755) && errno != EEXIST)
        return -1;
    fd = openat(root, arena_cstr(a, file->path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return -1;
    if (write_all(fd, file->text)) {
        int failed = errno;

        close(fd);
        errno = failed;
        return -1;
    }
    return sync_and_close(fd);
}

static int sync_folder(int root, const char *name)
{
    int fd = openat(root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 ? -1 : sync_and_close(fd);
}

static int write_files(const struct out_files *files, int root)
{
    for (size_t i = 0; i < files->list.count; i++) {
        if (write_file(files->arena, root, &files->list.items[i]))
            return -1;
    }
    for (size_t i = 0; i < files->list.count; i++) {
        struct span path = files->list.items[i].path;
        size_t slash = span_find_char(path, '/');

        if (slash != SPAN_NONE && sync_folder(root, arena_cstr(files->arena, span_sub(path, 0, slash))))
            return -1;
    }
    return sync_folder(root, ".");
}

/* Takes away what write_files() made, as far as it came. */
static void remove_files(const struct out_files *files, const char *path)
{
    int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (root < 0)
        return;
    for (size_t i = 0; i < files->list.count; i++)
        unlinkat(root, arena_cstr(files->arena, files->list.items[i].path), 0);
    for (size_t i = 0; i < files->list.count; i++) {
        struct span file = files->list.items[i].path;
        size_t slash = span_find_char(file, '/');

        if (slash != SPAN_NONE)
            unlinkat(root, arena_cstr(files->arena, span_sub(file, 0, slash)), AT_REMOVEDIR);
    }
    close(root);
    rmdir(path);
}

/* The folder that `path` lies in. */
static struct span parent_of(struct span path)
{
    size_t slash = span_find_last_char(path, '/');

    if (slash == SPAN_NONE)
        return S(".");
    return slash == 0 ? S("/") : span_sub(path, 0, slash);
}

/* `dir` without slashes at its end and, when it is there already, without symbolic links. */
static struct span place_of(struct arena *a, const char *dir)
{
    struct span place = span_of(dir);
    char *real = realpath(dir, NULL);

    if (real) {
        place = arena_dup(a, span_of(real));
        free(real);
    }
    while (place.n > 1 && place.p[place.n - 1] == '/')
        place.n--;
    return place;
}

static bool is_empty_folder(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *item;
    bool is_empty = d != NULL;

    while (is_empty && (item = readdir(d)))
        is_empty = strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0;
    if (d)
        closedir(d);
    return is_empty;
}

enum rc new_folder_can_write(struct arena *a, const char *dir, struct span *fault_out)
{
    struct span place = place_of(a, dir);
    struct span parent = parent_of(place);
    const char *path = arena_cstr(a, place);
    struct stat there;
    struct stat here;

    if (place.n == 0 || place.n > 3000) {
        *fault_out = S("give the new folder a name");
        return RC_INVALID;
    }
    if (lstat(path, &there) == 0) {
        if (!S_ISDIR(there.st_mode) || !is_empty_folder(path)) {
            *fault_out = arena_printf(a, "“%.*s” is there already and is not an empty folder; give another name",
                                      SPAN_ARGS(span_sub(span_of(dir), 0, 200)));
            return RC_CONFLICT;
        }
        if (stat(".", &here) == 0 && here.st_dev == there.st_dev && here.st_ino == there.st_ino) {
            *fault_out = S("the folder you are in cannot become the new one; go one up and give its name");
            return RC_CONFLICT;
        }
    }
    if (access(arena_cstr(a, parent), W_OK | X_OK))
        return io_fault(a, "write in the folder", arena_cstr(a, parent), fault_out);
    return RC_OK;
}

/* The rights that any new folder would get. */
static mode_t folder_mode(void)
{
    mode_t mask = umask(022);

    umask(mask);
    return 0755 & ~mask;
}

enum rc new_folder_write(struct arena *a, const char *dir, const struct new_answers *answers, size_t *file_count_out,
                         struct span *fault_out)
{
    struct out_files files = {.arena = a};
    struct span place = place_of(a, dir);
    struct span parent = parent_of(place);
    const char *path = arena_cstr(a, place);
    struct span pieces[] = {parent, S("/.breakroom-new-XXXXXX")};
    char *hidden = arena_cstr(a, arena_join(a, pieces, COUNT(pieces)));
    enum rc rc = new_folder_can_write(a, dir, fault_out);
    int root = -1;

    if (rc != RC_OK)
        return rc;
    fill_all(&files, answers);
    if (mkdtemp(hidden) == NULL)
        return io_fault(a, "make a folder in", arena_cstr(a, parent), fault_out);
    rc = RC_IO;
    root = open(hidden, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || write_files(&files, root) || fchmod(root, folder_mode())) {
        (void)io_fault(a, "write", path, fault_out);
        goto out;
    }
    if (rename(hidden, path)) { /* also over an empty folder; never over one that somebody has just filled */
        (void)io_fault(a, "put the new folder at", path, fault_out);
        goto out;
    }
    (void)sync_folder(AT_FDCWD, arena_cstr(a, parent)); /* it is whole either way; only its name could be lost */
    *file_count_out = files.list.count;
    rc = RC_OK;
out:
    if (root >= 0)
        close(root);
    if (rc != RC_OK)
        remove_files(&files, hidden);
    return rc;
}
