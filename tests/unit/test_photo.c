/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What must not survive the cleaning of a photo, and what must.
 *
 * Photos are made with libjpeg and zlib (data/photo/make.h), with everything in them that phones and programs write;
 * libjpeg and libpng decode them before and after. Two more come from other people's tools (data/photo). Of no private
 * text may eight bytes in a row be in the output.
 */
#include "folder/photo.h"
#include "data/photo/make.h"

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open(64 * MB);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(&arena);
    return 0;
}

static void assert_span(struct span is, struct span must)
{
    if (!span_eq(is, must))
        fail_msg("is \"%.*s\", must be \"%.*s\"", SPAN_ARGS(is), SPAN_ARGS(must));
}

static bool has(struct span s, struct span what)
{
    return span_find(s, what) != SPAN_NONE;
}

/* A copy of exactly this size on the heap, so that the address sanitizer sees a read behind its end. */
static enum rc clean_exact(struct span file, struct photo *photo_out, struct span *fault_out)
{
    char *copy = malloc(file.n ? file.n : 1);
    enum rc rc;

    assert_non_null(copy);
    memcpy(copy, file.p, file.n);
    rc = photo_clean(arena, (struct span){copy, file.n}, photo_out, fault_out);
    free(copy);
    assert_true((rc == RC_OK) == (fault_out->n == 0));
    assert_true((rc == RC_OK) == (photo_out->bytes.n > 0));
    return rc;
}

/* Cleans, and once more: the second time nothing changes. */
static struct photo clean(struct span file)
{
    struct photo photo;
    struct photo again;
    struct span fault;

    if (clean_exact(file, &photo, &fault) != RC_OK)
        fail_msg("refused: %.*s", SPAN_ARGS(fault));
    assert_int_equal(clean_exact(photo.bytes, &again, &fault), RC_OK);
    assert_true(span_eq(photo.bytes, again.bytes));
    assert_int_equal(photo.width, again.width);
    assert_int_equal(photo.orientation, again.orientation);
    return photo;
}

static void assert_refused(struct span file, enum rc must, struct span why)
{
    struct photo photo;
    struct span fault;

    assert_int_equal(clean_exact(file, &photo, &fault), must);
    assert_span(fault, why);
}

static void assert_gone(struct span out, struct span secret)
{
    for (size_t i = 0; i + 8 <= secret.n; i++)
        if (has(out, span_sub(secret, i, 8)))
            fail_msg("survived: %.*s", SPAN_ARGS(secret));
}

static void assert_all_gone(struct span out)
{
    for (size_t i = 0; i < COUNT(secrets); i++)
        assert_gone(out, secrets[i]);
}

/* --- JPEG --- */

static const struct recipe kinds[] = {
    {.space = JCS_YCbCr, .components = 3, .orientation = 6},
    {.space = JCS_GRAYSCALE, .components = 1, .orientation = 1},
    {.space = JCS_YCbCr, .components = 3, .progressive = true, .orientation = 3, .little = true},
    {.space = JCS_YCbCr, .components = 3, .restart = 1, .orientation = 8},
    {.space = JCS_YCbCr, .components = 3, .progressive = true, .restart = 2},
    {.space = JCS_YCbCr, .components = 3, .arithmetic = true},
    {.space = JCS_YCbCr, .components = 3, .arithmetic = true, .progressive = true},
    {.space = JCS_RGB, .components = 3},
    {.space = JCS_CMYK, .components = 4},
    {.space = JCS_YCCK, .components = 4, .orientation = 5},
    {.space = JCS_YCCK, .components = 4, .progressive = true},
};

static void jpeg_keeps_the_picture_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct span file = make_jpeg(&kinds[i]);
        struct photo photo = clean(file);

        assert_true(has(file, secrets[3]));
        assert_all_gone(photo.bytes);
        assert_true(span_eq(decode_jpeg(file), decode_jpeg(photo.bytes)));
        assert_int_equal(photo.kind, PHOTO_JPEG);
        assert_int_equal(photo.orientation, kinds[i].orientation ? kinds[i].orientation : 1);
        assert_int_equal(photo.width, photo.orientation >= 5 ? HEIGHT : WIDTH);
        assert_int_equal(photo.height, photo.orientation >= 5 ? WIDTH : HEIGHT);
        assert_true(span_ends(photo.bytes, S("\xFF\xD9")));
        assert_int_equal(has(photo.bytes, S("Adobe")), kinds[i].components == 4 || kinds[i].space == JCS_RGB);
        assert_int_equal(has(photo.bytes, S("Exif")), kinds[i].orientation > 1);
    }
}

/* A photo that holds nothing private differs only where a segment is written anew, and here that is the same. */
static void jpeg_without_anything_stays_as_it_is(void **state)
{
    const struct recipe r = {.space = JCS_YCbCr, .components = 3, .bare = true, .progressive = true};
    struct span file = make_jpeg(&r);

    (void)state;
    assert_true(span_eq(clean(file).bytes, file));
}

static void jpeg_density_becomes_fixed(void **state)
{
    const struct recipe r = {.space = JCS_YCbCr, .components = 3, .bare = true};
    struct span file = make_jpeg(&r);
    struct span other = JOIN(span_sub(file, 0, 13), S("\x01\x01\x23\x01\x24\0\0"), span_from(file, 20));

    (void)state;
    assert_true(span_eq(clean(other).bytes, file));
}

/* --- orientation --- */

static unsigned orientation_of(struct span tiff)
{
    return clean(with_segments(segment(0xE1, S("Exif\0\0"), tiff))).orientation;
}

static void orientation_is_written_anew(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 8; i++) {
        for (int little = 0; little < 2; little++) {
            struct photo photo = clean(with_segments(segment(0xE1, S("Exif\0\0"), exif(i, little))));
            struct span minimal = segment(0xE1, S("Exif\0\0"), minimal_tiff(i));

            assert_int_equal(photo.orientation, i);
            assert_int_equal(has(photo.bytes, minimal), i != 1);
            assert_int_equal(has(photo.bytes, S("Exif")), i != 1);
            assert_int_equal(span_find(photo.bytes, S("JFIF")), 6); /* where decoders want it: first */
            assert_gone(photo.bytes, secrets[0]);
        }
    }
}

static void orientation_that_makes_no_sense_is_none(void **state)
{
    struct span good = minimal_tiff(6);

    (void)state;
    assert_int_equal(orientation_of(good), 6);
    assert_int_equal(orientation_of(exif(0, false)), 1);
    assert_int_equal(orientation_of(exif(9, true)), 1);
    assert_int_equal(orientation_of(S("")), 1);
    assert_int_equal(orientation_of(JOIN(S("MM\0+"), span_from(good, 4))), 1);
    assert_int_equal(orientation_of(JOIN(S("MM\0*\0\0\0\x04"), span_from(good, 8))), 1);       /* IFD0 in the header */
    assert_int_equal(orientation_of(JOIN(S("MM\0*\xFF\xFF\xFF\xFF"), span_from(good, 8))), 1); /* far away */
    assert_int_equal(orientation_of(JOIN(S("MM\0*\0\0\0\x1A"), span_from(good, 8))), 1);       /* at the end */
    assert_int_equal(orientation_of(JOIN(S("MM\0*\0\0\0\x19"), span_from(good, 8))), 1);       /* one before */
    assert_int_equal(orientation_of(JOIN(span_sub(good, 0, 13), S("\x04"), span_from(good, 14))), 1); /* a long */
    assert_int_equal(orientation_of(JOIN(span_sub(good, 0, 17), S("\x02"), span_from(good, 18))), 1); /* two of them */
    assert_int_equal(orientation_of(JOIN(S("MM\0*\0\0\0\x08\xFF\xFF"), span_from(good, 10))), 6); /* lies about count */
    for (size_t n = 0; n < 22; n++)
        assert_int_equal(orientation_of(span_sub(good, 0, n)), 1);
    assert_int_equal(orientation_of(span_sub(good, 0, 22)), 6);
}

static void orientation_of_the_first_exif_counts(void **state)
{
    struct span first = segment(0xE1, S("Exif\0\0"), minimal_tiff(3));
    struct span second = segment(0xE1, S("Exif\0\0"), minimal_tiff(6));

    (void)state;
    assert_int_equal(clean(with_segments(JOIN(first, second))).orientation, 3);
}

/* --- profile --- */

static void jpeg_profile_is_kept(void **state)
{
    struct span profile = icc_profile(70000);
    struct span first = icc_segment(1, 2, span_sub(profile, 0, 65000));
    struct span second = icc_segment(2, 2, span_from(profile, 65000));
    struct span both = JOIN(first, second);

    (void)state;
    assert_true(has(clean(with_segments(both)).bytes, both));
    assert_true(has(clean(with_segments(JOIN(second, first))).bytes, both));
}

static void jpeg_profile_ends_where_it_says(void **state)
{
    struct span profile = icc_profile(200);
    struct span longer = icc_segment(1, 2, JOIN(profile, secrets[4]));
    struct span out = clean(with_segments(JOIN(longer, icc_segment(2, 2, secrets[3])))).bytes;

    (void)state;
    assert_true(has(out, icc_segment(1, 1, profile)));
    assert_all_gone(out);
}

static void jpeg_profile_that_is_none_goes(void **state)
{
    struct span good = icc_profile(300);
    struct span a = span_sub(good, 0, 150);
    struct span b = span_from(good, 150);
    struct span half = span_sub(a, 100, 50);
    struct span unsigned_one = JOIN(span_sub(good, 0, 36), S("ACSP"), span_from(good, 40));
    const struct span bad[] = {
        icc_segment(1, 1, a), /* shorter than it says */
        icc_segment(1, 2, a), /* its second part is missing */
        JOIN(icc_segment(1, 2, a), icc_segment(1, 2, a), icc_segment(2, 2, b)),
        JOIN(icc_segment(1, 2, a), icc_segment(2, 3, b)),
        JOIN(icc_segment(0, 1, good)),
        JOIN(icc_segment(2, 1, good)),
        icc_segment(1, 1, unsigned_one),
        icc_segment(1, 1, secrets[4]),
        JOIN(icc_segment(1, 3, span_sub(good, 0, 100)), icc_segment(2, 3, half), icc_segment(3, 3, b)),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(has(clean(with_segments(bad[i])).bytes, S("ICC_PROFILE")));
}

/* --- damaged and hostile JPEG --- */

/* The bytes from the first `what` on replaced by `by`. */
static struct span with(struct span file, struct span what, size_t skip, struct span by)
{
    size_t at = span_find(file, what);

    assert_true(at != SPAN_NONE);
    at += skip;
    return JOIN(span_sub(file, 0, at), by, span_from(file, at + by.n));
}

static void jpeg_damage_is_named(void **state)
{
    const struct recipe r = {.space = JCS_YCbCr, .components = 3, .bare = true, .restart = 1};
    struct span file = make_jpeg(&r);
    struct span sof = S("\xFF\xC0\0\x11");
    size_t at = span_find(file, sof);
    struct span whole_sof = span_sub(file, at, 19);
    struct span before = span_sub(file, 0, at);
    struct span after = span_from(file, at + 19);
    struct span kind = S("a kind of JPEG that browsers do not show");
    struct span scan = S("has a damaged scan");

    (void)state;
    assert_refused(with(file, sof, 1, S("\xC3")), RC_INVALID, kind);
    assert_refused(with(file, sof, 1, S("\xC8")), RC_INVALID, kind);
    assert_refused(with(file, sof, 4, S("\x0C")), RC_INVALID, kind);
    assert_refused(with(file, sof, 5, S("\0\0")), RC_INVALID, S("does not say how large the picture is"));
    assert_refused(with(file, sof, 5, S("\xFF\xFF\xFF\xFF")), RC_LIMIT, S("larger than 100 megapixels"));
    assert_refused(with(file, sof, 9, S("\x04")), RC_INVALID, S("has a damaged header"));
    assert_refused(with(file, sof, 13, S("\x01")), RC_INVALID, S("has a damaged header")); /* two components, one id */
    assert_refused(with(file, sof, 3, S("\x01")), RC_INVALID, S("has a segment of impossible length"));
    assert_refused(JOIN(before, whole_sof, whole_sof, after), RC_INVALID, S("has two pictures in one"));
    assert_refused(JOIN(before, S("\xFF\xDC\0\x04\0\x18"), whole_sof, after), RC_INVALID, kind);
    assert_refused(JOIN(before, S("<html>"), whole_sof, after), RC_INVALID, S("has stray bytes between its segments"));
    assert_refused(JOIN(before, S("\xFF\xD8"), whole_sof, after), RC_INVALID, S("has a marker where none may be"));
    assert_refused(JOIN(before, S("\xFF\xD3"), whole_sof, after), RC_INVALID, S("has a marker where none may be"));
    assert_refused(JOIN(before, S("\xFF\x01"), whole_sof, after), RC_INVALID, S("has a marker where none may be"));
    assert_refused(JOIN(before, after), RC_INVALID, scan);
    assert_refused(with(file, S("\xFF\xDD\0\x04"), 4, S("\0\0")), RC_INVALID, scan); /* restarts without saying so */
    assert_refused(with(file, S("\xFF\xD1"), 1, S("\xD2")), RC_INVALID, scan);
    assert_refused(with(file, S("\xFF\xDA"), 5, S("\x07")), RC_INVALID, scan);
    assert_refused(with(file, S("\xFF\xDB"), 4, S("\x07")), RC_INVALID, S("has a damaged table"));
    assert_refused(with(file, S("\xFF\xC4"), 4, S("\x22")), RC_INVALID, S("has a damaged table"));
    at = span_find(file, S("\xFF\xDA")) + 14;
    assert_refused(JOIN(span_sub(file, 0, at), S("\xFF\xD9")), RC_INVALID, S("has an empty scan"));
    assert_refused(S("\xFF\xD8\xFF\xD9"), RC_INVALID, S("ends before the picture does"));
    assert_refused(JOIN(before, whole_sof, S("\xFF\xD9")), RC_INVALID, S("ends before the picture does"));
}

/* A table may not be longer than what is in it: the end would be a place to hide in. */
static void jpeg_tables_hold_nothing_else(void **state)
{
    const uint32_t markers[] = {0xDB, 0xC4, 0xCC, 0xDD};

    (void)state;
    for (size_t i = 0; i < COUNT(markers); i++) {
        assert_refused(with_segments(segment(markers[i], S(""), S("PRIVATE"))), RC_INVALID, S("has a damaged table"));
        assert_refused(with_segments(segment(markers[i], S(""), S(""))), RC_INVALID, S("has a damaged table"));
    }
}

static void fill_bytes_are_allowed(void **state)
{
    const struct recipe r = {.space = JCS_YCbCr, .components = 3, .bare = true, .restart = 1};
    struct span file = make_jpeg(&r);
    size_t at = span_find(file, S("\xFF\xD0"));
    struct span filled = JOIN(S("\xFF\xD8\xFF\xFF"), span_sub(file, 2, at - 2), S("\xFF\xFF"), span_from(file, at));

    (void)state;
    assert_true(span_eq(decode_jpeg(clean(filled).bytes), decode_jpeg(file)));
}

/* --- PNG --- */

static void png_keeps_the_picture_and_nothing_else(void **state)
{
    struct span file = png_with_everything();
    struct photo photo = clean(file);
    struct span must = make_png(JOIN(chunk(S("eXIf"), minimal_tiff(6)), iccp(S("icc"), packed(icc_profile(400))),
                                     chunk(S("gAMA"), number(45455, 4))),
                                JOIN(chunk(S("tRNS"), S("\x80")), chunk(S("bKGD"), S("\x01")),
                                     chunk(S("pHYs"), S("\0\0\x0B\x13\0\0\x0B\x13\x01"))),
                                S(""));

    (void)state;
    assert_true(span_eq(photo.bytes, must));
    assert_all_gone(photo.bytes);
    assert_true(span_eq(decode_png(file), decode_png(photo.bytes)));
    assert_int_equal(photo.kind, PHOTO_PNG);
    assert_int_equal(photo.orientation, 6);
    assert_int_equal(photo.width, HEIGHT);
    assert_int_equal(photo.height, WIDTH);
}

static void png_orientation_is_written_anew(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 8; i++) {
        struct photo photo = clean(make_png(chunk(S("eXIf"), exif(i, i % 2)), S(""), S("")));
        struct span must = make_png(i == 1 ? S("") : chunk(S("eXIf"), minimal_tiff(i)), S(""), S(""));

        assert_int_equal(photo.orientation, i);
        assert_true(span_eq(photo.bytes, must));
    }
}

/* What a decoder would pass over is left out: wrong length, wrong place, a second time, a profile that is none. */
static void png_extras_that_are_wrong_go(void **state)
{
    struct span bare = make_png(S(""), S(""), S(""));
    struct span profile = icc_profile(400);
    struct span stream = packed(profile);
    struct span gamma = chunk(S("gAMA"), number(45455, 4));
    const struct span before[] = {
        chunk(S("gAMA"), secrets[0]),
        chunk(S("cHRM"), secrets[0]),
        chunk(S("sRGB"), secrets[0]),
        chunk(S("sBIT"), secrets[0]),
        chunk(S("pHYs"), secrets[0]),
        chunk(S("tRNS"), S("\x80")),
        chunk(S("bKGD"), S("\x01")),
        iccp(S("a"), packed(secrets[4])),
        iccp(S("a"), secrets[4]),
        iccp(S("a"), span_sub(stream, 0, stream.n - 1)),
        chunk(S("iCCP"), S("")),
        chunk(S("iCCP"), S("name\0\x01xx")),
        iccp(S("a"), packed(span_sub(profile, 0, 399))),
        iccp(S("a"), packed(JOIN(profile, secrets[4]))),
        chunk(S("prvt"), S("a reserved bit")),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(before); i++)
        assert_true(span_eq(clean(make_png(before[i], S(""), S(""))).bytes, bare));
    assert_true(span_eq(clean(make_png(S(""), JOIN(gamma, chunk(S("tRNS"), S("12345"))), gamma)).bytes, bare));
    assert_true(span_eq(clean(make_png(S(""), S(""), chunk(S("pHYs"), S("123456789")))).bytes, bare));
    assert_true(span_eq(clean(make_png(JOIN(gamma, gamma), S(""), S(""))).bytes, make_png(gamma, S(""), S(""))));
    assert_true(span_eq(clean(make_png(iccp(S("a"), JOIN(stream, secrets[4])), S(""), S(""))).bytes,
                        make_png(iccp(S("icc"), stream), S(""), S(""))));
}

static void png_damage_is_named(void **state)
{
    struct span good = make_png(S(""), S(""), S(""));
    struct span head = ihdr(WIDTH, HEIGHT, S("\x02\x03\0\0\0"));
    struct span data = chunk(S("IDAT"), png_data());
    struct span header = S("has a damaged header");
    struct span palette = S("has a damaged palette");
    struct span kind = S("a kind of PNG that browsers do not show");
    struct span pieces = S("has its picture in pieces");
    struct span stray = S("has stray bytes between its segments");

    (void)state;
    assert_refused(with(good, S("IDAT"), 9, S("\x55")), RC_INVALID, S("damaged: a checksum does not match"));
    assert_refused(make_png(chunk(S("PRVT"), S("")), S(""), S("")), RC_INVALID, kind);
    assert_refused(make_png(head, S(""), S("")), RC_INVALID, kind);
    assert_refused(make_png(chunk(S("a b "), S("")), S(""), S("")), RC_INVALID, stray);
    assert_refused(make_png(PALETTE, S(""), S("")), RC_INVALID, palette);
    assert_refused(make_png(S(""), S(""), PALETTE), RC_INVALID, palette);
    assert_refused(make_png(S(""), S(""), JOIN(chunk(S("tIME"), S("")), data)), RC_INVALID, pieces);
    assert_refused(JOIN(SIGNATURE, head, data, IEND), RC_INVALID, S("has no palette"));
    assert_refused(JOIN(SIGNATURE, head, chunk(S("PLTE"), S("1234")), data, IEND), RC_INVALID, palette);
    assert_refused(JOIN(SIGNATURE, head, chunk(S("PLTE"), S("123456789012345")), data, IEND), RC_INVALID, palette);
    assert_refused(JOIN(SIGNATURE, head, PALETTE, IEND), RC_INVALID, S("ends before the picture does"));
    assert_refused(JOIN(SIGNATURE, data, IEND), RC_INVALID, header);
    assert_refused(JOIN(SIGNATURE, ihdr(1, 1, S("\x03\x03\0\0\0")), data, IEND), RC_INVALID, header);
    assert_refused(JOIN(SIGNATURE, ihdr(1, 1, S("\x08\x05\0\0\0")), data, IEND), RC_INVALID, header);
    assert_refused(JOIN(SIGNATURE, ihdr(1, 1, S("\x08\x02\0\0\x02")), data, IEND), RC_INVALID, header);
    assert_refused(JOIN(SIGNATURE, ihdr(0x80000000, 1, S("\x08\x02\0\0\0")), data, IEND), RC_INVALID, header);
    assert_refused(JOIN(SIGNATURE, ihdr(0, 1, S("\x08\x02\0\0\0")), data, IEND), RC_INVALID,
                   S("does not say how large the picture is"));
    assert_refused(JOIN(SIGNATURE, ihdr(10000, 10001, S("\x08\x02\0\0\0")), data, IEND), RC_LIMIT,
                   S("larger than 100 megapixels"));
    assert_int_equal(clean(JOIN(SIGNATURE, ihdr(10000, 10000, S("\x08\x02\0\0\0")), data, IEND)).width, 10000);
    assert_refused(JOIN(SIGNATURE, number(0x80000000, 4), S("IHDR12345678")), RC_INVALID,
                   S("has a segment of impossible length"));
}

/* --- both --- */

static const unsigned char phone_jpeg[] = {
#include "data/photo/phone_jpeg.inc"
};
static const unsigned char phone_png[] = {
#include "data/photo/phone_png.inc"
};
#define BYTES(array) ((struct span){(const char *)(array), sizeof(array)})

static void photos_of_other_tools(void **state)
{
    const struct span words[] = {SPAN_INIT("Orchard"),   SPAN_INIT("Ada Example"), SPAN_INIT("Pomelo"),
                                 SPAN_INIT("00817"),     SPAN_INIT("2025:03:14"),  SPAN_INIT("script"),
                                 SPAN_INIT("front door")};
    struct photo jpeg = clean(BYTES(phone_jpeg));
    struct photo png = clean(BYTES(phone_png));

    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        assert_true(has(BYTES(phone_jpeg), words[i]) || has(BYTES(phone_png), words[i]));
        assert_false(has(jpeg.bytes, words[i]) || has(png.bytes, words[i]));
    }
    assert_int_equal(jpeg.orientation, 6);
    assert_int_equal(png.orientation, 8);
    assert_true(has(jpeg.bytes, S("ICC_PROFILE\0\x01\x01")) && has(png.bytes, S("iCCPicc\0")));
    assert_true(span_eq(decode_jpeg(BYTES(phone_jpeg)), decode_jpeg(jpeg.bytes)));
    assert_true(span_eq(decode_png(BYTES(phone_png)), decode_png(png.bytes)));
}

/* Cut anywhere, a photo is either refused or whole: only what lies behind its end may be missing. */
static void assert_cut_is_refused(struct span file, size_t end)
{
    struct span out = clean(file).bytes;

    for (size_t n = 0; n < file.n; n++) {
        struct photo photo;
        struct span fault;

        if (clean_exact(span_sub(file, 0, n), &photo, &fault) == RC_OK)
            assert_true(n >= end && span_eq(photo.bytes, out));
        else
            assert_true(n < end);
    }
}

static void cut_off_anywhere(void **state)
{
    struct span jpeg = make_jpeg(&kinds[2]);
    struct span restarts = make_jpeg(&kinds[3]);
    struct span png = png_with_everything();

    (void)state;
    assert_cut_is_refused(jpeg, jpeg.n - secrets[5].n);
    assert_cut_is_refused(restarts, restarts.n - secrets[5].n);
    assert_cut_is_refused(png, png.n - secrets[5].n);
    assert_cut_is_refused(BYTES(phone_jpeg), sizeof phone_jpeg);
    assert_cut_is_refused(BYTES(phone_png), sizeof phone_png);
    assert_refused(span_sub(jpeg, 0, 30), RC_INVALID, S("ends in the middle of a segment"));
    assert_refused(span_sub(jpeg, 0, jpeg.n - secrets[5].n - 3), RC_INVALID, S("ends before the picture does"));
    assert_refused(span_sub(png, 0, 60), RC_INVALID, S("ends in the middle of a segment"));
    assert_refused(span_sub(png, 0, png.n - secrets[5].n - 12), RC_INVALID, S("ends before the picture does"));
}

/* Whatever byte is wrong: refused, or cleaned for good. */
static void any_byte_changed(void **state)
{
    struct span file = make_jpeg(&kinds[3]);
    char *bytes = malloc(file.n);
    size_t n = file.n;

    (void)state;
    assert_non_null(bytes);
    memcpy(bytes, file.p, n);
    for (size_t i = 0; i < n; i++) {
        const char was = bytes[i];
        const char others[] = {(char)0xFF, 0, (char)(was ^ 1), (char)(was + 0x10)};

        for (size_t k = 0; k < sizeof others; k++) {
            struct photo photo;
            struct span fault;

            bytes[i] = others[k];
            if (clean_exact((struct span){bytes, n}, &photo, &fault) == RC_OK)
                (void)clean(photo.bytes);
            arena_reset(arena);
        }
        bytes[i] = was;
    }
    free(bytes);
}

static void other_files_are_refused(void **state)
{
    struct photo photo;
    struct span fault;
    const struct span others[] = {{NULL, 0},
                                  SPAN_INIT(""),
                                  SPAN_INIT("\xFF"),
                                  SPAN_INIT("GIF89a"),
                                  SPAN_INIT("<svg xmlns='http://www.w3.org/2000/svg'/>"),
                                  SPAN_INIT("\x89PNG\r\n\x1A")};

    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        assert_int_equal(photo_clean(arena, others[i], &photo, &fault), RC_INVALID);
        assert_span(fault, S("not a JPEG or PNG"));
    }
    /* never looked at: so it need not be there */
    assert_int_equal(photo_clean(arena, (struct span){"", PHOTO_BYTES_MOST + 1}, &photo, &fault), RC_LIMIT);
    assert_span(fault, S("larger than 64 MB"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(jpeg_keeps_the_picture_and_nothing_else),
        TEST(jpeg_without_anything_stays_as_it_is),
        TEST(jpeg_density_becomes_fixed),
        TEST(orientation_is_written_anew),
        TEST(orientation_that_makes_no_sense_is_none),
        TEST(orientation_of_the_first_exif_counts),
        TEST(jpeg_profile_is_kept),
        TEST(jpeg_profile_ends_where_it_says),
        TEST(jpeg_profile_that_is_none_goes),
        TEST(jpeg_damage_is_named),
        TEST(jpeg_tables_hold_nothing_else),
        TEST(fill_bytes_are_allowed),
        TEST(png_keeps_the_picture_and_nothing_else),
        TEST(png_orientation_is_written_anew),
        TEST(png_extras_that_are_wrong_go),
        TEST(png_damage_is_named),
        TEST(photos_of_other_tools),
        TEST(cut_off_anywhere),
        TEST(any_byte_changed),
        TEST(other_files_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
