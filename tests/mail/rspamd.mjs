// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Every newsletter of the demo as a letter, read by rspamd as a mail server would read it: what the letter itself is must
// never count against it. rspamd runs for this test alone, on a socket in its folder, with Debian's rules and none of the
// machine's own settings; it asks nobody. BUILD names the build.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import { finish, scratch, test } from '../lib/tap.mjs';

const breakroom = resolve(process.env.BUILD, 'breakroom');
const dir = scratch();
const socketPath = join(dir, 'socket');
const STARTS_WITHIN = 120_000;

// What is said of the connection, of DNS and of reputation: here there is none of these.
const ofTheNetwork = /^(HFILTER_|RDNS_|RCVD_|AUTH_NA|R_SPF_|SPF_|R_DKIM_|DKIM_|DMARC_|ARC_|ASN|RBL_|DBL_|URIBL_|DWL_|RECEIVED_|ONCE_RECEIVED|DIRECT_TO_MX|FUZZY_|MX_|BIMI_)/;
// Modules that would ask somebody, keep something, or judge the connection.
const silent = ['antivirus', 'arc', 'asn', 'bimi', 'clickhouse', 'dkim', 'dkim_signing', 'dmarc', 'elastic', 'external_services',
    'fuzzy_check', 'greylist', 'hfilter', 'history_redis', 'metadata_exporter', 'mx_check', 'neural', 'once_received', 'p0f', 'ratelimit',
    'rbl', 'replies', 'reputation', 'rspamd_update', 'spf', 'surbl', 'url_redirector', 'whitelist'];

function configure() {
    const overrides = join(dir, 'local', 'override.d');

    mkdirSync(overrides, { recursive: true });
    writeFileSync(join(dir, 'tld.dat'), 'com\norg\nnet\nedu\ngov\nus\nexample\n'); // the whole list is compiled for a minute
    const put = (name, text) => writeFileSync(join(overrides, name), `${text}\n`);

    put('options.inc', `dns { nameserver = ["127.0.0.1:1"]; timeout = 0.01s; retransmits = 1; sockets = 1; }
filters = "chartable,regexp"; check_all_filters = true; disable_hyperscan = true; url_tld = "${join(dir, 'tld.dat')}";`);
    put('logging.inc', 'type = "console"; level = "error";');
    put('worker-normal.inc', `bind_socket = "${socketPath} mode=0600"; count = 1;`);
    for (const worker of ['controller', 'proxy', 'fuzzy'])
        put(`worker-${worker}.inc`, 'enabled = false; count = -1;');
    for (const module of silent)
        put(`${module}.conf`, 'enabled = false;');
}

function ask(path, body = '') {
    return new Promise((done, failed) => {
        const asked = request({ socketPath, path, method: body ? 'POST' : 'GET', headers: { 'Content-Length': body.length } }, (answer) => {
            const parts = [];

            answer.on('data', (part) => parts.push(part));
            answer.on('end', () => done(Buffer.concat(parts).toString()));
        });

        asked.on('error', failed);
        asked.end(body);
    });
}

async function start() {
    const vars = ['DBDIR', 'RUNDIR', 'LOGDIR'].map((name) => `--var=${name}=${dir}`);
    const child = spawn('rspamd', ['-i', '-f', '-c', '/etc/rspamd/rspamd.conf', `--var=LOCAL_CONFDIR=${join(dir, 'local')}`, ...vars],
        { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: dir } });
    const until = Date.now() + STARTS_WITHIN;
    let said = '';

    child.ended = new Promise((done) => child.on('close', done));
    child.stdout.on('data', (text) => { said += text; });
    child.stderr.on('data', (text) => { said += text; });
    while (await ask('/ping').catch(() => '') !== 'pong\r\n') {
        assert.ok(child.exitCode === null && Date.now() < until, `rspamd does not start\n${said.slice(-2000)}`);
        await new Promise((done) => setTimeout(done, 100));
    }
    return child;
}

// What counts for or against the letter itself.
async function judge(letter) {
    const { symbols } = JSON.parse(await ask('/checkv2', letter));
    const counted = Object.values(symbols).filter(({ name, score }) => score !== 0 && !ofTheNetwork.test(name));

    return { score: counted.reduce((sum, { score }) => sum + score, 0), why: counted.map(({ name, score }) => `${name} ${score}`).join(', ') };
}

configure();
let rspamd;

await test('rspamd starts with nothing but its own rules', async () => {
    rspamd = await start();
});
if (rspamd) {
    let memo;

    for (const file of readdirSync('demo/news')) {
        const [, name, lang] = /^\d{4}-\d\d-\d\d-(.*?)(?:\.(es))?\.md$/.exec(file);
        const key = lang ? `${name}.${lang}` : name;
        const path = join(dir, `${key}.eml`);

        await test(`${key}: nothing in the letter counts against it`, async () => {
            const done = spawnSync(breakroom, ['mail', 'preview', 'demo', key, '--to', path], { encoding: 'utf8' }); // dated by the clock that rspamd has

            assert.equal(done.status, 0, done.stderr);
            const letter = readFileSync(path);
            const { score, why } = await judge(letter);

            assert.match(why, /MIME_GOOD/, 'it was read');
            assert.ok(score <= 0, `${score}: ${why}`);
            memo ??= letter.toString('latin1');
        });
    }
    await test('and what is wrong with a letter does count', async () => {
        const spoiled = [
            [/^Message-ID: .*\r\n/m, '', /MISSING_MID/],
            [/^Date: .*\r\n/m, 'Date: Tue, 01 Jan 2030 12:00:00 +0000\r\n', /DATE_IN_FUTURE/],
            [/^MIME-Version: .*\r\n/m, '', /MISSING_MIME_VERSION/],
            [/^Subject: .*\r\n/m, 'Subject: READ THIS LETTER NOW AND ANSWER\r\n', /SUBJ_ALL_CAPS/],
            [/^To: .*\r\n/m, 'To: undisclosed-recipients:;\r\n', /R_UNDISC_RCPT/],
        ];

        for (const [what, by, symbol] of spoiled) {
            assert.match(memo, what);
            const { score, why } = await judge(Buffer.from(memo.replace(what, by), 'latin1'));

            assert.match(why, symbol);
            assert.ok(score > 0, `${score}: ${why}`);
        }
    });
    rspamd.kill('SIGTERM');
    await rspamd.ended;
}

finish();
