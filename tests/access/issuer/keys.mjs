// SPDX-License-Identifier: Apache-2.0
//
// The issuer's keys, in a file so that they survive a restart. A generation is one RSA and one EC
// key; the newest generation signs, those that are `published` are in the JWKS.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { exportJWK, generateKeyPair } from "jose";

const algorithms = ["RS256", "ES256"];

async function generate(number) {
    const keys = [];
    for (const alg of algorithms) {
        const { privateKey } = await generateKeyPair(alg, { extractable: true });
        const kid = `${alg.slice(0, 2).toLowerCase()}-${number}`;
        keys.push({ ...(await exportJWK(privateKey)), kid, alg, use: "sig" });
    }
    return keys;
}

export class Keys {
    constructor(path) {
        this.path = path;
        this.generations = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : [];
    }

    // The new generation signs from now on. The old ones are published beside it, or no more.
    async rotate(keepOld) {
        const number = this.generations.length + 1;
        for (const generation of this.generations) {
            generation.published &&= keepOld;
        }
        this.generations.unshift({ published: true, keys: await generate(number) });
        writeFileSync(this.path, JSON.stringify(this.generations), { mode: 0o600 });
    }

    published() {
        return this.generations.filter(({ published }) => published).flatMap(({ keys }) => keys);
    }

    // A private key: the one that signs, or that of a `kid` whether published or not.
    find(alg, kid) {
        const keys = this.generations.flatMap((generation) => generation.keys);
        return keys.find((key) => (kid ? key.kid === kid : key.alg === alg));
    }
}
