// What npm's dotenv makes of .env files: a JSON list of texts on standard input, {version, answers}
// on standard output. See test_env_file.py.
const { parse } = require('dotenv');
const { version } = require('dotenv/package.json');

const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify({ version, answers: texts.map((text) => parse(text)) }));
