// Does what Tencent's multi-scf component does with the engine behind it, for one deployment that
// comes as JSON on standard input: {region, functions, triggers}. See test_toolkit.py.
const { Scf, TriggerManager } = require('tencent-component-toolkit');

async function deploy({ region, functions, triggers }) {
  const credentials = { AppId: '1250000000', SecretId: 'AKIDtests', SecretKey: 'a-key-of-tests' };
  const scf = new Scf(credentials, region);
  for (const one of functions) {
    await scf.deploy(one);
  }
  await new TriggerManager(credentials, region).bulkCreateTriggers(triggers);
}

deploy(JSON.parse(require('fs').readFileSync(0, 'utf8'))).catch((error) => {
  console.error(error);
  process.exit(1);
});
