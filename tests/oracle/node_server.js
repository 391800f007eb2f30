// Reference JSONata and asl-validator for the oracles: a JSON line in, a JSON line out.
//
//   {"op":"evaluate","expression","bindings","now","uuids","randoms"}
//       -> {"defined","value","uuids","randoms"}  what was taken of the last two
//       or {"failed":"<code>: <message>"}
//   {"op":"parse","expressions":[...]}  -> {"failures":[[index,message],...]}
//   {"op":"validate","machine":{...}}   -> {"findings":[...]}
'use strict';

const crypto = require('crypto');
const readline = require('readline');
const jsonata = require('jsonata');

const COMPILED_EXPRESSIONS = 4096;

// The request under way: $now, $millis, $uuid and $random take their values from it.
let request = {};

// jsonata reads the clock by `new Date()`. An execution has a clock of its own.
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0 && request.now !== undefined) super(request.now);
    else super(...parts);
  }
};

function failure(code, message) {
  return Object.assign(new Error(message), { code });
}

const ALGORITHMS = { 'MD5': 'md5', 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };

// The functions Step Functions adds to JSONata 2.0.6, as its documentation describes them; `null` and undefined as
// measured there. `$eval` is taken away, and `$count` of null is 0.
const FUNCTIONS = {
  count: [(items) => (items === undefined || items === null ? 0 : Array.isArray(items) ? items.length : 1), '<x?:n>'],
  uuid: [() => (request.uuids.length ? request.uuids.shift() : crypto.randomUUID()), '<:s>'],
  random: [(seed) => {
    if (seed === undefined) return request.randoms.length ? request.randoms.shift() : Math.random();
    return crypto.createHash('sha256').update(String(seed)).digest().readUIntBE(0, 6) / 2 ** 48;
  }, '<n?:n>'],
  parse: [(text) => (text === undefined ? undefined : JSON.parse(text)), '<s?:x>'],
  hash: [(text, algorithm) => {
    if (text === undefined) return undefined;
    const name = ALGORITHMS[algorithm];
    if (!name) throw failure('D3137', `Hash algorithm '${algorithm}' must be one of ${Object.keys(ALGORITHMS)}`);
    return crypto.createHash(name).update(text, 'utf8').digest('hex');
  }, '<s?s?:s>'],
  partition: [(items, size) => {
    if (items === undefined) return undefined;
    if (size === undefined) return [items];
    if (size < 0) throw failure('D3137', 'Second argument must be zero or greater');
    const whole = Math.trunc(size);
    if (whole === 0 || items.length === 0) return undefined;
    const batches = [];
    for (let start = 0; start < items.length; start += whole) batches.push(items.slice(start, start + whole));
    return batches;
  }, '<a?n?:a>'],
  range: [(first, last, step) => {
    if (first === undefined || last === undefined || step === undefined) return undefined;
    const [from, to, by] = [first, last, step].map(Math.trunc);
    const numbers = [];
    if (by > 0) for (let number = from; number <= to; number += by) numbers.push(number);
    if (by < 0) for (let number = from; number >= to; number += by) numbers.push(number);
    // The numbers are a sequence, as a path gives: none is undefined and one is that number.
    if (numbers.length < 2) return numbers[0];
    return numbers;
  }, '<n?n?n?:a>'],
  eval: [() => { throw failure('T1006', 'Step Functions has no $eval'); }, '<x?x?:x>'],
};

const compiled = new Map();

function compile(text) {
  let expression = compiled.get(text);
  if (expression === undefined) {
    expression = jsonata(text);
    for (const [name, [implementation, signature]] of Object.entries(FUNCTIONS)) {
      expression.registerFunction(name, implementation, signature);
    }
    if (compiled.size >= COMPILED_EXPRESSIONS) compiled.clear();
    compiled.set(text, expression);
  }
  return expression;
}

// A function is no value, and a number past the doubles leaves an expression as its name: both as measured on AWS.
function asJson(key, value) {
  if (typeof value === 'function' || (value && (value._jsonata_lambda || value._jsonata_function))) {
    throw failure('D3001', 'the expression returned an unsupported result type');
  }
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function reason(error) {
  return `${error.code || error.name || 'Error'}: ${error.message || error}`;
}

async function evaluate({ expression, bindings, uuids, randoms }) {
  request.uuids = [...(uuids || [])];
  request.randoms = [...(randoms || [])];
  try {
    const value = await compile(expression).evaluate(undefined, bindings);
    return JSON.stringify({
      defined: value !== undefined,
      value,
      uuids: (uuids || []).length - request.uuids.length,
      randoms: (randoms || []).length - request.randoms.length,
    }, asJson);
  } catch (error) {
    return JSON.stringify({ failed: reason(error) });
  }
}

function reads(node, variable) {
  if (node === null || typeof node !== 'object') return false;
  if (node.type === 'variable' && node.value === variable) return true;
  return Object.values(node).some((part) => reads(part, variable));
}

function parse({ expressions }) {
  const failures = [];
  expressions.forEach((text, index) => {
    try {
      if (reads(jsonata(text).ast(), 'eval')) throw failure('T1006', 'Step Functions has no $eval');
    } catch (error) {
      failures.push([index, reason(error)]);
    }
  });
  return JSON.stringify({ failures });
}

function validate({ machine }) {
  const validator = require('asl-validator');
  try {
    const result = (validator.default || validator)(machine);
    const text = result.isValid ? '' : result.errorsText('\n');
    return JSON.stringify({ findings: text.split('\n').filter((line) => line !== '') });
  } catch (error) {
    return JSON.stringify({ findings: [reason(error)] });
  }
}

const OPERATIONS = { evaluate, parse, validate };

async function serve() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    request = JSON.parse(line);
    process.stdout.write(`${await OPERATIONS[request.op](request)}\n`);
  }
}

serve();
