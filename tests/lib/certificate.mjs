// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A certificate that answers for itself, for servers that a test starts on this machine.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

// For `name`, which is an address or a host's, in `dir`: [cert.pem, key.pem].
export function selfSigned(dir, name = '127.0.0.1') {
    const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];

    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-addext',
        `subjectAltName=${/^[\d.]+$/.test(name) ? 'IP' : 'DNS'}:${name}`, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return [cert, key];
}
