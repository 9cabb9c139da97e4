// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The program as a person types it: help, exit statuses 0, 1 and 2, one clear sentence for what went wrong, the same
// bytes for the same folder, and a site that is replaced whole or not at all.

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finish, skip, test } from '../lib/tap.mjs';
import { AT, demo, folder, newsletter, put, root, run, sameTree, tree, work } from '../lib/program.mjs';

const commands = ['new', 'check', 'build', 'pack', 'load', 'dump', 'explain'];
const isRoot = process.getuid() === 0;

// Status 2, nothing on stdout, and one sentence of the program at the end of stderr; `hint` has to be in it. Warnings
// about the folder may stand before it.
function assertFault(result, hint) {
    assert.equal(result.status, 2, result.stderr);
    assert.equal(result.stdout, '');
    const said = result.stderr.trimEnd().split('\n').filter((line) => line.startsWith('breakroom: '));

    assert.equal(said.length, 1, result.stderr);
    assert.equal(said[0], result.stderr.trimEnd().split('\n').at(-1));
    assert.match(said[0], hint);
}

// ---- help ----

await test('--help names every command; --version says a number', () => {
    const help = run(['--help']);

    assert.equal(help.status, 0);
    for (const command of commands)
        assert.match(help.stdout, new RegExp(`^\\s+(breakroom )?${command}\\b`, 'm'));
    assert.equal(help.stderr, '');
    assert.equal(run(['help']).stdout, help.stdout);
    assert.match(run(['--version']).stdout, /^breakroom \d+\.\d+/);
});

for (const command of commands) {
    await test(`${command} --help`, () => {
        const help = run([command, '--help']);

        assert.equal(help.status, 0);
        assert.match(help.stdout, new RegExp(`^Usage: breakroom ${command}`, 'i'));
        assert.ok(help.stdout.split('\n').every((line) => line.length <= 120), 'a line is over 120 characters');
        assert.match(help.stdout, /--help/);
    });

    await test(`${command} with an option that nobody knows`, () => {
        const result = run([command, '--colour', 'x', 'y']);

        assert.equal(result.status, 2);
        assert.equal(result.stdout, '');
        assert.match(result.stderr, /--colour/);
    });
}

await test('no command, a command that nobody knows, too few and too many words', () => {
    assert.equal(run([]).status, 2);
    assertFault(run(['chekc']), /chekc/);
    for (const words of [['check'], ['check', demo, demo], ['build', demo], ['build', demo, 'a', 'b'], ['new']])
        assert.equal(run(words).status, 2, words.join(' '));
});

// ---- check ----

await test('the demo has no error, and no warning but of what is not built or not translated', () => {
    const result = run(['check', demo, '--at', AT]);
    const said = result.stderr.split('\n').filter((line) => /: (error|warning): /.test(line));

    assert.equal(result.status, 0, result.stderr);
    assert.deepEqual(said.filter((line) => !/\[(not-checked|translation-missing)\]$/.test(line)), []);
});

await test('an error is 1, a warning alone is 0', () => {
    const bad = folder((dir) => newsletter(dir, '2026-05-05-bad', 'See [the answer](faq:no-such-answer).'));
    const warned = folder((dir) => newsletter(dir, '2026-05-05-warned', 'It happened this morning.'));

    assert.equal(run(['check', bad, '--at', AT]).status, 1);
    const result = run(['check', warned, '--at', AT]);

    assert.equal(result.status, 0, result.stderr);
    assert.match(result.stderr, /^news\/2026-05-05-warned\.md:5:\d+: warning: .*\[relative-date\]$/m);
});

await test('a diagnostic has file, line, column, code, the line and a mark under it', () => {
    const dir = folder((d) => newsletter(d, '2026-05-05-bad', 'Ñandú: see [the answer](faq:no-such-answer).'));
    const { stderr } = run(['check', dir, '--at', AT]);
    const lines = stderr.split('\n');
    const at = lines.findIndex((line) => line.includes('[unknown-reference]'));
    const place = lines[at].match(/^news\/2026-05-05-bad\.md:(\d+):(\d+): error: \S/);

    assert.ok(place, lines[at]);
    assert.equal(Number(place[1]), 5);
    const source = [...lines[at + 1].replace(/^ {6}/, '')];

    assert.equal(source.join(''), 'Ñandú: see [the answer](faq:no-such-answer).');
    assert.equal([...lines[at + 2]].findIndex((c) => c === '^') - 6, Number(place[2]) - 1, 'the mark is not under the column');
});

await test('--json says the same as data', () => {
    const dir = folder((d) => newsletter(d, '2026-05-05-bad', 'See [“x”\t\u2028](faq:no-such-answer), this morning.'));
    const plain = run(['check', dir, '--at', AT]);
    const result = run(['check', dir, '--json', '--at', AT]);
    const said = JSON.parse(result.stdout);
    const list = Array.isArray(said) ? said : said.diagnostics;
    const found = list.find((d) => d.code === 'unknown-reference');

    assert.equal(result.status, 1);
    assert.equal(found.file, 'news/2026-05-05-bad.md');
    assert.equal(found.line, 5);
    assert.ok(found.column > 0 && found.message.length > 0);
    assert.equal(list.length, plain.stderr.match(/: (error|warning): /g).length);
});

await test('--json of a clean folder is JSON too', () => {
    const result = run(['check', demo, '--json', '--at', AT]);

    assert.equal(result.status, 0);
    JSON.parse(result.stdout);
});

await test('--at that is no time', () => assertFault(run(['check', demo, '--at', 'yesterday']), /yesterday|--at/));

await test('a folder that is not there, is a file, is empty, or may not be read', () => {
    const locked = folder();

    writeFileSync(join(work, 'a-file'), 'x');
    mkdirSync(join(work, 'empty'));
    assertFault(run(['check', join(work, 'nowhere')]), /nowhere/);
    assertFault(run(['check', join(work, 'a-file')]), /a-file/);
    assertFault(run(['check', join(work, 'empty')]), /campaign\.ini/);
    assertFault(run(['build', join(work, 'nowhere'), join(work, 'out-of-nowhere')]), /nowhere/);
    assert.ok(!existsSync(join(work, 'out-of-nowhere')));
    chmodSync(locked, 0);
    try {
        if (!isRoot)
            assertFault(run(['check', locked]), /campaign-/);
    } finally {
        chmodSync(locked, 0o755);
    }
});

await test('a full disk behind stdout is 2, not 0', () => {
    const full = openSync('/dev/full', 'w');

    try {
        for (const args of [['check', demo, '--json', '--at', AT], ['explain'], ['--help']]) {
            const result = run(args, { stdout: full });

            assert.equal(result.status, 2, args.join(' '));
            assert.match(result.stderr, /^breakroom: /m);
        }
    } finally {
        closeSync(full);
    }
});

// ---- build ----

const site = join(work, 'site');

await test('build writes the site, and the same bytes the second time', () => {
    const again = join(work, 'site-again');

    assert.equal(run(['build', demo, site, '--at', AT]).status, 0);
    assert.equal(run(['build', `${demo}/`, again, '--at', AT], { cwd: '/', env: { TZ: 'Asia/Tokyo', LC_ALL: 'C' } }).status, 0);
    assert.ok(existsSync(join(site, 'index.html')));
    assert.ok(sameTree(tree(site), tree(again)), 'two builds of one folder differ');
});

await test('build over an older site leaves nothing of it', () => {
    const out = join(work, 'site-older');

    assert.equal(run(['build', demo, out, '--at', AT]).status, 0);
    const gone = folder((dir) => {
        const last = readdirSync(join(dir, 'news')).filter((n) => !n.includes('.es.')).sort().at(-1);

        for (const name of readdirSync(join(dir, 'news')).filter((n) => n.startsWith(last.replace('.md', ''))))
            rmSync(join(dir, 'news', name));
    });

    assert.equal(run(['build', gone, out, '--at', AT]).status, 0);
    const fresh = join(work, 'site-fresh');

    assert.equal(run(['build', gone, fresh, '--at', AT]).status, 0);
    assert.ok(sameTree(tree(out), tree(fresh)));
    assert.ok(tree(out).size < tree(site).size);
});

await test('build of a folder with an error is 1 and leaves the old site as it was', () => {
    const bad = folder((dir) => newsletter(dir, '2026-05-05-bad', 'See [the answer](faq:no-such-answer).'));
    const before = tree(site);
    const around = readdirSync(work).sort();

    assert.equal(run(['build', bad, site, '--at', AT]).status, 1);
    assert.ok(sameTree(before, tree(site)));
    assert.equal(run(['build', bad, join(work, 'never'), '--at', AT]).status, 1);
    const left = readdirSync(work).filter((n) => !n.startsWith('.cost')).sort();

    assert.deepEqual(left, around.filter((n) => !n.startsWith('.cost')), 'something half-written was left behind');
});

await test('build leaves drafts and the future out; check reads them', () => {
    const dir = folder((d) => {
        newsletter(d, '2026-05-05-draft', 'The words zanahoria uno.', 'draft: yes\n');
        newsletter(d, '2026-12-05-later', 'The words zanahoria dos.');
    });
    const out = join(work, 'site-now');

    assert.equal(run(['build', dir, out, '--at', AT]).status, 0);
    for (const [name, bytes] of tree(out))
        assert.ok(!/zanahoria/.test(bytes) && !/draft|later/.test(name), `${name} tells of what is not public`);
    assert.equal(run(['build', dir, out, '--at', '2026-12-06T00:00:00Z']).status, 0);
    assert.ok([...tree(out).keys()].some((name) => name.includes('2026-12-05-later')));
    newsletter(dir, '2026-12-05-later', 'See [x y](faq:none-such).');
    assert.equal(run(['check', dir, '--at', AT]).status, 1);
});

await test('build into what is not a site of ours: nothing of it is lost', () => {
    const precious = join(work, 'precious');

    put(precious, 'thesis.txt', 'three years of work');
    const result = run(['build', demo, precious, '--at', AT]);

    assert.equal(result.status, 2, result.stderr);
    assert.equal(readFileSync(join(precious, 'thesis.txt'), 'utf8'), 'three years of work');
});

await test('build where nothing can be written', () => {
    assertFault(run(['build', demo, '/proc/breakroom-site', '--at', AT]), /\/proc/);
    assertFault(run(['build', demo, join(work, 'no', 'such', 'parent'), '--at', AT]), /parent|such/);
    writeFileSync(join(work, 'out-file'), 'x');
    assertFault(run(['build', demo, join(work, 'out-file'), '--at', AT]), /out-file/);
});

await test('build into the campaign folder itself is refused', () => {
    const dir = folder();
    const before = tree(dir);

    assert.equal(run(['build', dir, dir, '--at', AT]).status, 2);
    assert.ok(sameTree(before, tree(dir)));
});

await test('build on a full disk is 2 and leaves the old site and no scraps', () => {
    const mount = join(work, 'small-disk');

    mkdirSync(mount);
    try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', mount], { stdio: 'ignore' });
    } catch {
        skip('needs root to mount a small disk');
    }
    try {
        const out = join(mount, 'site');

        put(mount, 'mine.txt', 'mine');
        assertFault(run(['build', demo, out, '--at', AT]), /space|full/i);
        assert.deepEqual(readdirSync(mount), ['mine.txt']);
    } finally {
        execFileSync('umount', [mount]);
    }
});

// ---- explain ----

const codes = readdirSync(join(root, 'doc/codes')).map((name) => name.replace('.md', ''));

await test('explain lists every code', () => {
    const { stdout, status } = run(['explain']);

    assert.equal(status, 0);
    assert.deepEqual(stdout.match(/^[a-z-]+/gm).sort(), codes.sort());
});

for (const code of codes) {
    await test(`explain ${code}: what it means, an example, how to mend it`, () => {
        const { stdout, status } = run(['explain', code]);

        assert.equal(status, 0);
        assert.ok(stdout.split('\n').length > 5);
        assert.match(stdout, /Example/);
        assert.match(stdout, /Mend it/);
        assert.equal(run(['explain', `[${code}]`]).stdout, stdout);
    });
}

await test('explain of what is no code names the nearest', () => assertFault(run(['explain', 'figure-differ']), /figure-differs/));

// ---- new ----

const answers = ['--name', 'Night Shift United', '--employer', 'Marlow Clinic', '--domains', 'marlowclinic.example',
    '--zone', 'America/Chicago', '--host', 'nightshift.example', '--contact', 'us@nightshift.example'];

for (const languages of ['en', 'es', 'en,es', 'es,en']) {
    await test(`new (${languages}) writes a folder that compiles without a word, and builds`, () => {
        const dir = join(work, `new-${languages.replace(',', '-')}`);
        const made = run(['new', dir, ...answers, '--languages', languages]);

        assert.equal(made.status, 0, made.stderr);
        const checked = run(['check', dir]);

        assert.equal(checked.status, 0, checked.stderr);
        assert.doesNotMatch(checked.stderr, /: (error|warning): /);
        assert.equal(run(['build', dir, `${dir}-site`]).status, 0);
        assert.ok(existsSync(join(`${dir}-site`, 'index.html')));
    });
}

await test('new asks for what it was not told, and takes what is in brackets', () => {
    const dir = join(work, 'night-shift');
    const result = run(['new', dir], { input: '\nMarlow Clinic\n\nen,es\nAmerica/Chicago\nnightshift.example\n\n' });

    assert.equal(result.status, 0, result.stderr);
    assert.match(readFileSync(join(dir, 'campaign.ini'), 'utf8'), /^name = Night Shift$/m);
    assert.equal(run(['check', dir]).status, 0);
});

await test('new with a bad answer, no answer, or a folder in the way writes nothing', () => {
    const dir = join(work, 'unborn');

    assert.equal(run(['new', dir], { input: 'A\n' }).status, 2);
    assert.ok(!existsSync(dir));
    assert.equal(run(['new', dir, ...answers, '--languages', 'fr']).status, 2);
    assert.equal(run(['new', dir, ...answers, '--languages', 'en', '--contact', 'x@marlowclinic.example']).status, 2);
    assert.equal(run(['new', dir, ...answers, '--languages', 'en', '--name', 'A\nB = C']).status, 2);
    assert.ok(!existsSync(dir));
    const used = folder();
    const before = tree(used);

    assert.equal(run(['new', used, ...answers, '--languages', 'en']).status, 2);
    assert.ok(sameTree(before, tree(used)));
});

await test('a symbolic link to the folder, and a folder with a space and an accent in its name', () => {
    const dir = folder();
    const odd = join(work, 'la campaña – 2');

    symlinkSync(dir, odd);
    assert.equal(run(['check', odd, '--at', AT]).status, 0);
    assert.equal(run(['check', '.', '--at', AT], { cwd: odd }).status, 0);
});

finish();
