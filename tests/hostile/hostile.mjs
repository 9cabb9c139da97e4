// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Bad input, one folder a case, made here and thrown away. Whatever is wrong has to be named with file and line; the
// program neither crashes nor burns more than CPU_SECONDS (tests/lib/program.mjs throws then); `build` writes nothing,
// or everything.

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { finish, test } from '../lib/tap.mjs';
import { AT, folder, newsletter, put, run, runBeside, tree, work } from '../lib/program.mjs';

const PEAK_KB = process.env.BUILD?.includes('sanitizers') ? 4 << 20 : 768 << 10;
const checkOnly = process.argv[2] === 'check'; // the sanitizers have seen build elsewhere
let builds = 0;

// One case. `change` spoils a copy of the demo; every line of `expected` has to match a line of what check says, and
// build has to end with the same status. `status` is 1 unless given.
async function bad(what, change, expected, { status = 1 } = {}) {
    await test(what, () => {
        const dir = folder(change);
        const checked = run(['check', dir, '--at', AT]);

        assert.equal(checked.status, status, checked.stderr.slice(0, 2000));
        for (const line of expected)
            assert.match(checked.stderr, line, `nothing like ${line} in:\n${checked.stderr.slice(0, 2000)}`);
        assert.ok(checked.peak < PEAK_KB, `${checked.peak} KB of memory`);
        if (!checkOnly)
            JSON.parse(run(['check', dir, '--at', AT, '--json']).stdout || '[]');
        assertBuild(dir, status);
    });
}

// Builds: a site when there was no error, nothing at all when there was one; never a scrap beside it.
function assertBuild(dir, status) {
    if (checkOnly)
        return;
    const parent = join(work, `out-${builds++}`);

    mkdirSync(parent);
    const built = run(['build', dir, join(parent, 'site'), '--at', AT]);

    assert.equal(built.status, status, built.stderr.slice(0, 2000));
    assert.deepEqual(readdirSync(parent), status === 0 ? ['site'] : []);
}

const news = (line, code) => new RegExp(`^news/2026-05-05-bad\\.md:${line}(:\\d+)?: (error|warning): .*\\[${code}\\]$`, 'm');
const file = (name, code) => new RegExp(`^${name}(:\\d+(:\\d+)?)?: error: .*\\[${code}\\]$`, 'm');
const badNews = (text) => (dir) => put(dir, 'news/2026-05-05-bad.md', text);
const front = (fields, body = 'Text.') => `---\ntitle: Bad\nwithout: lead, ask, signature, archive, paid-for\n${fields}---\n${body}\n`;

// ---- front matter ----

await bad('no front matter', badNews('Just text.\n'), [news(1, 'bad-front-matter')]);
await bad('front matter that never ends', badNews('---\ntitle: x\n\nText.\n'), [news('\\d+', 'bad-front-matter')]);
await bad('front matter that is no name and value', badNews(front('just some words\n')), [news(4, 'bad-front-matter')]);
await bad('an unknown field, near a known one', badNews(front('sumary: x\n')), [news(4, 'bad-front-matter'), /summary/]);
await bad('a field twice', badNews(front('summary: x\nsummary: y\n')), [news(5, 'bad-front-matter')]);
await bad('no title', badNews('---\nsummary: x\n---\nText.\n'), [news('\\d+', 'bad-front-matter')]);
await bad('a field that contradicts the name', badNews(front('date: 2026-05-06\n')), [news(4, 'bad-front-matter')]);
await bad('an event on a day that does not exist', badNews(front('event: 2026-02-30\n')), [news(4, 'bad-front-matter')]);
await bad('an event that ends before it begins', badNews(front('event: 2026-05-05/2026-05-01\n')), [news(4, 'bad-front-matter')]);
await bad('a time that no clock shows', badNews(front('time: 24:61\n')), [news(4, 'bad-front-matter')]);
await bad('an empty file', badNews(''), [news('\\d+', 'bad-front-matter')]);
await bad('a file of one byte', badNews('-'), [news(1, 'bad-front-matter')]);

// ---- names and keys ----

await bad('two newsletters with one key', (dir) => {
    newsletter(dir, '2026-05-05-twin', 'One.');
    newsletter(dir, '2026-05-06-twin', 'Two.');
}, [file('news/2026-05-0[56]-twin\\.md', 'bad-file')]);
await bad('a date in a file name that does not exist', (dir) => newsletter(dir, '2026-02-30-no-such-day', 'Text.'),
    [file('news/2026-02-30-no-such-day\\.md', 'bad-file')]);
await bad('capitals and spaces in a key', (dir) => newsletter(dir, '2026-05-05-My News', 'Text.'), [file('news/2026-05-05-My News\\.md', 'bad-file')]);
await bad('a file that nothing describes', (dir) => put(dir, 'new/2026-05-05-x.md', 'x'), [file('new(/2026-05-05-x\\.md)?', 'bad-file')]);
await bad('a newsletter only in the other language is fine', (dir) => put(dir, 'news/2026-05-05-bad.es.md', front('')), [], { status: 0 });
await bad('a name with a line end and an escape in it', (dir) => put(dir, 'news/2026-05-05-a\n\u001b[31mb.md', front('')), [/bad-file\]$/m]);
await bad('a name that is not UTF-8', (dir) => writeFileSync(Buffer.concat([Buffer.from(`${dir}/news/2026-05-05-`), Buffer.from([0xff, 0xfe]), Buffer.from('.md')]), front('')), [/bad-file\]$/m]);
await bad('a folder where a file should be', (dir) => mkdirSync(join(dir, 'news/2026-05-05-bad.md')), [file('news/2026-05-05-bad\\.md', 'bad-file')]);
await bad('a required page is missing', (dir) => {
    for (const name of ['privacy.md', 'privacy.es.md'])
        renameSync(join(dir, 'pages', name), join(dir, `.${name}`));
}, [file('pages/privacy\\.md', 'bad-file')]);

// ---- bytes ----

await bad('bytes that are not UTF-8', badNews(Buffer.concat([Buffer.from(front('', 'Good line.\n\nA caf')), Buffer.from([0xe9, 0x20, 0x62, 0x0a])])),
    [news('\\d+', 'bad-file')]);
await bad('an overlong and a surrogate in UTF-8', badNews(Buffer.concat([Buffer.from(front('')), Buffer.from([0xc0, 0xaf, 0xed, 0xa0, 0x80])])), [news('\\d+', 'bad-file')]);
await bad('NUL in the text', badNews(front('', 'A \0 B')), [news('\\d+', 'bad-file')]);
await bad('NUL in a register', (dir) => put(dir, 'corrections.csv', 'key,date,kind,what,what_es\nmemo,2026-05-01,typo,a\0b,c\n'), [file('corrections\\.csv', 'bad-file')]);
await bad('a byte-order mark and CRLF are fine', badNews(`\ufeff${front('', 'One line.\n\nAnother.')}`.replaceAll('\n', '\r\n')), [], { status: 0 });
await bad('a bare CR', badNews(front('', 'One\rTwo')), [], { status: 0 });
await bad('UTF-16', badNews(Buffer.from(`\ufeff${front('')}`, 'utf16le')), [news('\\d+', 'bad-file')]);
await bad('control characters reach no terminal', badNews(front('', 'See [\u001b[2Jx\u0007](faq:none-such).')), [news(5, 'unknown-reference')]);
await test('no diagnostic carries an escape sequence', () => {
    const dir = folder(badNews(front('s\u001b[2Jumary: x\n', 'See [\u001b[2Jx\u0007](faq:no\u001bne).')));

    assert.doesNotMatch(run(['check', dir, '--at', AT]).stderr, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
});

// ---- size ----

await bad('a Markdown file of 10 MB', badNews(front('', 'A line of text like any other.\n'.repeat(350_000))), [file('news/2026-05-05-bad\\.md', 'bad-file')]);
await bad('a register of 10 MB', (dir) => put(dir, 'press.csv', 'key,outlet,title,date,address,stance,language\n'.padEnd(10 << 20, 'x,y\n')), [file('press\\.csv', 'bad-file')]);
await bad('a photo of 65 MB', (dir) => put(dir, 'photos/huge.jpg', Buffer.alloc(65 << 20)), [file('photos/huge\\.jpg', 'bad-file')]);
for (const [what, text] of Object.entries({
    '100,000 opening brackets': '['.repeat(100_000),
    '100,000 nested brackets': `${'['.repeat(50_000)}x${']'.repeat(50_000)}`,
    '100,000 links in links': '[a'.repeat(50_000) + '](b)'.repeat(50_000),
    '100,000 nested quotations': `${'>'.repeat(100_000)} x`,
    '50,000 nested lists': `${'- '.repeat(50_000)}x`,
    '100,000 stars': '*a **a '.repeat(6_000),
    '100,000 underscores': '_'.repeat(100_000),
    '100,000 back-ticks': Array.from({ length: 440 }, (_, i) => `${'`'.repeat(i + 1)} `).join(''),
    '100,000 angle brackets': '<'.repeat(100_000),
    '100,000 open comments': '<!-- '.repeat(20_000),
    '100,000 images': '![['.repeat(33_000),
    '100,000 references': Array.from({ length: 20_000 }, (_, i) => `[r${i}]: x`).join('\n'),
    '100,000 entities': '&amp;'.repeat(20_000),
    'one word of 500 KB': 'x'.repeat(500_000),
    '100,000 quotation marks': '“'.repeat(100_000),
    '10,000 headings of one name': '# same\n\n'.repeat(10_000),
    '20,000 numbers': '123,456.78 % '.repeat(20_000),
    '20,000 waivers': '<!-- ok: relative-date x -->\n\n'.repeat(15_000),
    'a line of 100,000 footnotes': '[^1] '.repeat(20_000),
    'deep emphasis': '*'.repeat(60_000) + 'a' + '*'.repeat(60_000),
})) {
    await test(`${what}: no crash, little CPU`, () => {
        const dir = folder(badNews(front('', text)));
        const checked = run(['check', dir, '--at', AT]);

        assert.ok(checked.status < 2, checked.stderr.slice(0, 500));
        assert.ok(checked.peak < PEAK_KB, `${checked.peak} KB of memory`);
        assert.ok(checked.stderr.length < 4 << 20, `${checked.stderr.length} bytes of diagnostics`);
        if (checked.status === 1)
            assert.match(checked.stderr, /^news\/2026-05-05-bad\.md(:\d+)?(:\d+)?: error: /m);
        assertBuild(dir, checked.status);
    });
}

const row = `|${'a|'.repeat(5000)}\n`;
await bad('a table of 5,000 × 5,000', badNews(front('', `${row}|${'-|'.repeat(5000)}\n${row.repeat(5000)}`)), [/^news\/2026-05-05-bad\.md(:\d+)?(:\d+)?: error: .*\[bad-file\]$/m]);
await test('a table that fits into the limit and asks for gigabytes', () => {
    const dir = folder(badNews(front('', `|${'a|'.repeat(5000)}\n|${'-|'.repeat(5000)}\n${'|\n'.repeat(200_000)}`)));
    const checked = run(['check', dir, '--at', AT]);

    assert.equal(checked.status, 1);
    assert.match(checked.stderr, /^news\/2026-05-05-bad\.md(:\d+)?(:\d+)?: error: .*\[bad-file\]$/m);
    assert.ok(checked.peak < PEAK_KB, `${checked.peak} KB of memory`);
});

// ---- registers ----

const figures = 'key,value,unit,unit_es,as_of,source,source_es,review_by,was,why,why_es\n';
const csv = (name, text) => (dir) => put(dir, name, text);
await bad('ragged CSV', csv('figures.csv', `${figures}a,1\nb,2,x,y,2026-01-01,s,t,,,,,,,,,\n`), [file('figures\\.csv:2', 'bad-row'), file('figures\\.csv:3', 'bad-row')]);
await bad('a quote that never closes', csv('figures.csv', `${figures}a,"1,x,y,2026-01-01,s,t,,,,\nb\n`), [file('figures\\.csv:2', 'bad-row')]);
await bad('a quote in the middle', csv('figures.csv', `${figures}a,1"2,x,y,2026-01-01,s,t,,,,\n`), [file('figures\\.csv:2', 'bad-row')]);
await bad('10,000 columns', csv('figures.csv', `${'a,'.repeat(10_000)}\n`), [file('figures\\.csv:1', 'bad-row')]);
await bad('a column twice', csv('figures.csv', `key,key,${figures.slice(4)}`), [file('figures\\.csv:1', 'bad-row')]);
await bad('no header', csv('figures.csv', 'a,1,x,y,2026-01-01,s,t,,,,\n'), [file('figures\\.csv:1', 'bad-row')]);
await bad('an empty register', csv('figures.csv', ''), [file('figures\\.csv', 'bad-row')]);
await bad('numbers that are none', csv('figures.csv', ['1e9', '1,000', '٣', '--1', '1.', 'NaN', '9'.repeat(400)]
    .reduce((text, value, i) => `${text}k${i},"${value}",x,y,2026-01-01,s,t,,,,\n`, figures)), [2, 3, 4, 5, 6, 7, 8].map((line) => file(`figures\\.csv:${line}`, 'bad-row')));
await bad('one figure twice on a day', csv('figures.csv', `${figures}a,1,x,y,2026-01-01,s,t,,,,\na,2,x,y,2026-01-01,s,t,,,,\n`), [file('figures\\.csv:3', 'bad-row')]);
await bad('a day that does not exist', csv('chronology.csv', 'key,date,certainty,text,text_es,source,source_es,public\na,2026-02-29,certain,t,t,s,s,yes\n'), [file('chronology\\.csv:2', 'bad-row')]);
await bad('an address that runs', csv('press.csv', 'key,outlet,title,date,address,stance,language\na,o,t,2026-01-01,javascript:alert(1),report,en\n'), [file('press\\.csv:2', 'bad-row')]);
await bad('a correction of nothing', csv('corrections.csv', 'key,date,kind,what,what_es\nnone-such,2026-05-01,typo,a,b\n'), [file('corrections\\.csv:2', 'bad-row')]);
await bad('100,000 bad rows end', csv('press.csv', `key,outlet,title,date,address,stance,language\n${'x\n'.repeat(100_000)}`), [file('press\\.csv:2', 'bad-row')]);
const ini = (change) => (dir) => put(dir, 'campaign.ini', change(String(tree(dir).get('campaign.ini'))));
await bad('campaign.ini with an unknown key, a key twice, a line that is none', ini((text) => text.replace('\n', '\nnmae = C\nhost = a.example\nwhat is this\n[campaign\n')),
    [file('campaign\\.ini:2', 'bad-row'), file('campaign\\.ini:4', 'bad-row'), file('campaign\\.ini:5', 'bad-row')]);
await bad('campaign.ini that says nothing', ini(() => ''), [file('campaign\\.ini', 'bad-row')]);
await bad('campaign.ini that is no text', ini(() => Buffer.alloc(4096, 0xff)), [file('campaign\\.ini', 'bad-file')]);
await bad('a time zone that leads out of the folder of zones', ini((text) => text.replace(/^time_zone.*$/m, 'time_zone = ../../../etc/passwd')), [/^campaign\.ini:\d+:\d+: error: .*\[bad-row\]$/m]);

// ---- links and cycles ----

const question = (title, body) => `---\ntitle: ${title}\nreviewed: 2026-01-01\n---\n${body}\n`;
await bad('answers that show each other', (dir) => {
    put(dir, 'faq/ring-a.md', question('A?', '![b](faq:ring-b)'));
    put(dir, 'faq/ring-b.md', question('B?', '![a](faq:ring-a)'));
}, [/^faq\/ring-a\.md:5:\d+: error: /m]);
await bad('a block that shows itself', (dir) => put(dir, 'blocks/ring.md', '---\nstanding: no\n---\n![x](block:ring)\n'), [/^blocks\/ring\.md:4:\d+: error: /m]);
await test('answers that link to each other, and take each other’s place, come to an end', () => {
    const dir = folder((d) => {
        put(d, 'faq/ring-a.md', question('A?', '[b](faq:ring-b)').replace('reviewed', 'superseded: ring-b\nreviewed'));
        put(d, 'faq/ring-b.md', question('B?', '[a](faq:ring-a)').replace('reviewed', 'superseded: ring-a\nreviewed'));
    });

    assert.match(run(['check', dir, '--at', AT]).stderr, /^faq\/ring-[ab]\.md:6:\d+: warning: .*\[superseded-source\]$/m);
});
await bad('links out of the folder', badNews(front('', '[a](../../../etc/passwd) [b](//evil.example/x) [c](javascript:alert(1)) [d](data:text/html,x) [e](file:///etc/passwd)')),
    [news(5, '(broken-link|unknown-reference)')]);
await bad('raw HTML', badNews(front('', '<script>alert(1)</script>\n\nA <b onclick="x">b</b>\n\n<!-- hidden -->')), [news(5, 'raw-html'), news(7, 'raw-html'), news(9, 'raw-html')]);

// ---- words of law ----

const soFar = (words) => badNews(front('', words));
await bad('20,000 words of law', soFar('illegal '.repeat(20_000)), [/ warning: .*\[legal-unsupported\]$/m], { status: 1 });
await bad('6,000 links to an allegation with a word of law each', soFar('[illegal](case:reading#sheets) '.repeat(6_000)), [/ error: .*\[legal-too-strong\]$/m]);
await bad('6,000 words of law between links to what was dismissed', soFar('illegal [dismissed](case:reading#pay) '.repeat(6_000)), [/ error: .*\[legal-too-strong\]$/m]);
await bad('a cell of 40,000 words of law', csv('chronology.csv', `key,date,certainty,text,text_es,source,source_es,public\na,2026-03-02,certain,"${'“illegal” illegal '.repeat(20_000)}",t,s,s,yes\n`),
    [/^chronology\.csv:2:\d+: warning: .*\[legal-unsupported\]$/m], { status: 0 });

// ---- the file system ----

await bad('a symbolic link out of the folder', (dir) => symlinkSync('/etc/passwd', join(dir, 'news/2026-05-05-bad.md')), [/^news\/2026-05-05-bad\.md: error: .*\[bad-file\]$/m]);
await bad('a symbolic link to the parent', (dir) => symlinkSync('../..', join(dir, 'news/2026-05-05-bad.md')), [/^news\/2026-05-05-bad\.md: error: .*\[bad-file\]$/m]);
await bad('a folder that links out', (dir) => symlinkSync('/etc', join(dir, 'files/etc')), [/^files\/etc.*: error: .*\[bad-file\]$/m]);
await bad('a loop of symbolic links', (dir) => {
    symlinkSync('2026-05-06-loop.md', join(dir, 'news/2026-05-05-bad.md'));
    symlinkSync('2026-05-05-bad.md', join(dir, 'news/2026-05-06-loop.md'));
}, [/^news\/2026-05-05-bad\.md: error: .*\[bad-file\]$/m]);
await bad('a link that leads nowhere', (dir) => symlinkSync('none-such.md', join(dir, 'news/2026-05-05-bad.md')), [/^news\/2026-05-05-bad\.md: error: .*\[bad-file\]$/m]);
await bad('a symbolic link inside the folder is fine', (dir) => {
    put(dir, 'files/word.txt', 'word');
    symlinkSync('word.txt', join(dir, 'files/again.txt'));
}, [], { status: 0 });
await test('a pipe that nobody writes to does not wait for ever', () => {
    const dir = folder();

    mkfifo(join(dir, 'news/2026-05-05-bad.md'));
    const checked = run(['check', dir, '--at', AT]);

    assert.equal(checked.status, 1);
    assert.match(checked.stderr, /^news\/2026-05-05-bad\.md: error: .*\[bad-file\]$/m);
    assert.ok(checked.wall < 20_000);
});
await test('100,000 files', () => {
    const dir = folder((d) => {
        for (let i = 0; i < 100_000; i++)
            writeFileSync(join(d, `faq/q-${i}.md`), '');
    });
    const checked = run(['check', dir, '--at', AT]);

    assert.equal(checked.status, 1, checked.stderr.slice(0, 500));
    assert.match(checked.stderr, /10,000/);
    assert.match(checked.stderr, /\[bad-file\]$/m);
    assert.ok(checked.peak < PEAK_KB, `${checked.peak} KB of memory`);
});
await test('1,000 folders in each other', () => {
    const dir = folder((d) => mkdirSync(join(d, 'files', 'd/'.repeat(1000)), { recursive: true }));

    assert.equal(run(['check', dir, '--at', AT]).status, 1);
});

// ---- photos ----

const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]);
for (const [name, bytes] of Object.entries({
    'text.jpg': Buffer.from('This is no photo.'),
    'empty.png': Buffer.alloc(0),
    'cut.jpg': jpeg,
    'endless.jpg': Buffer.concat([jpeg, Buffer.alloc(1 << 20, 0xff)]),
    'page.png': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    'huge-chunk.png': Buffer.from('89504e470d0a1a0affffffff49484452', 'hex'),
    'jpeg-inside.png': Buffer.concat([jpeg, Buffer.alloc(100)]),
}))
    await bad(`a photo that is not one: ${name}`, (dir) => put(dir, `photos/${name}`, bytes), [file(`photos/${name.replace('.', '\\.')}`, 'bad-file')]);

// ---- others' servers ----

// Listens, answers in its own way, tells its port to `body`.
async function withServer(answer, body) {
    const sockets = new Set();
    const server = createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => {});
        answer(socket);
    });

    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    try {
        await body(server.address().port);
    } finally {
        sockets.forEach((socket) => socket.destroy());
        server.close();
    }
}

async function online(what, answer, expected, links = 3) {
    await test(`--online: ${what}`, () => withServer(answer, async (port) => {
        // A new campaign has no link to anybody: the tests ask nobody but this server.
        const dir = join(work, `online-${port}`);

        assert.equal(run(['new', dir, '--name', 'A', '--employer', 'B', '--domains', 'b.example', '--languages', 'en',
            '--zone', 'America/Chicago', '--host', 'a.example', '--contact', 'us@a.example']).status, 0);
        newsletter(dir, '2026-05-05-bad', Array.from({ length: links },
            (_, i) => `See [the paper number ${'abcdefghijklmnop'[i % 16]}](http://127.0.0.1:${port}/${i}).`).join('\n'));
        const checked = await runBeside(['check', dir, '--online', '--at', AT]);

        expected(checked);
        assert.ok(checked.wall < 75_000, `${checked.wall} ms`);
    }));
}

await online('a server that never answers', () => {}, ({ stderr }) =>
    assert.match(stderr, /^news\/2026-05-05-bad\.md:5:\d+: warning: .*\[broken-link\]$/m));
await online('a server that hangs up', (socket) => socket.destroy(), ({ stderr }) =>
    assert.match(stderr, /^news\/2026-05-05-bad\.md:5:\d+: warning: .*\[broken-link\]$/m));
await online('404', (socket) => socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'), ({ stderr }) =>
    assert.match(stderr, /^news\/2026-05-05-bad\.md:5:\d+: warning: .*404.*\[broken-link\]$/m));
await online('200', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'), ({ stderr }) =>
    assert.doesNotMatch(stderr, /^news\/2026-05-05-bad\.md:.*\[broken-link\]$/m));
await online('a header without end', (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    const timer = setInterval(() => socket.write(`X-${'y'.repeat(60_000)}: z\r\n`), 5);

    socket.on('close', () => clearInterval(timer));
}, ({ stderr }) => assert.match(stderr, /^news\/2026-05-05-bad\.md:5:\d+: warning: .*\[broken-link\]$/m));
await online('forwarding in a circle', (socket) => socket.end('HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'), ({ stderr }) =>
    assert.match(stderr, /^news\/2026-05-05-bad\.md:5:\d+: warning: .*\[broken-link\]$/m));

function mkfifo(path) {
    execFileSync('mkfifo', [path]);
}

finish();
