// SPDX-License-Identifier: AGPL-3.0-or-later
//
// nodemailer.mjs PORT COUNT WARM CONNECTIONS LETTER KEY: a letter for each of COUNT people by nodemailer's pool, composed and
// signed by it, to a host on this machine; WARM others before that. LETTER is JSON { from, subject, text, html, token }, where
// `token` is what stands in the bodies for a person's own; KEY a private key. Feeds the pool as its manual says, whenever it
// is idle. Prints JSON { version, seconds, us }: of the clock in all, and microseconds of the processor a letter.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../browser/package.json', import.meta.url));
const nodemailer = require('nodemailer');
const [port, count, warm, connections] = process.argv.slice(2, 6).map(Number);
const letter = JSON.parse(readFileSync(process.argv[6], 'utf8'));
const domain = letter.from.split('@')[1];
const pool = nodemailer.createTransport({
    pool: true, host: '127.0.0.1', port, secure: false, ignoreTLS: true, maxConnections: connections, maxMessages: Infinity,
    dkim: { domainName: domain, keySelector: 'br1', privateKey: readFileSync(process.argv[7], 'utf8') },
});

const message = (i) => {
    const token = String(i).padStart(43, 'A');
    const fill = (body) => body.replaceAll(letter.token, token);

    return {
        from: letter.from, to: `p${i}@post.example`, subject: letter.subject, textEncoding: 'quoted-printable',
        text: fill(letter.text), html: fill(letter.html),
        headers: { 'List-Unsubscribe': `<https://${domain}/leave/${token}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
    };
};

const run = (from, n) => new Promise((done, failed) => {
    let next = from;
    let sent = 0;
    const feed = () => {
        while (pool.isIdle() && next < from + n) {
            pool.sendMail(message(next), (error) => {
                sent += 1;
                if (error)
                    failed(error);
                else if (sent === n)
                    done();
            });
            next += 1;
        }
    };

    pool.removeAllListeners('idle');
    pool.on('idle', feed);
    feed();
});

await run(0, warm);
const start = performance.now();
const cpu = process.cpuUsage();

await run(warm, count);
const { user, system } = process.cpuUsage(cpu);

console.log(JSON.stringify({
    version: require('nodemailer/package.json').version, seconds: (performance.now() - start) / 1000, us: (user + system) / count,
}));
pool.close();
