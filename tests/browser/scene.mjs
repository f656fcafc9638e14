// What happens on a mock-server that starts with the demo: calls of all kinds, for pages that show them.

import assert from 'node:assert/strict';

const KEY = 'tsr_key_DemoAcmeKeyForLocalTestingOnly0gIwS3';
const ORGANIZATION = '00000000-0000-4000-8000-000000000001';

/** A text that is markup wherever it is not shown as text. */
export const HOSTILE = '<img src=x onerror="document.title=\'taken\'"><script>document.title="taken"</script>';

/** Calls the host as its demo's Acme, unless the headers say otherwise, and tells the JSON of the answer, a success unless a status is given. */
export async function call(host, method, path, { body, status, headers = {} } = {}) {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(`${host}${path}`, {
    method, headers: { authorization: `Bearer ${KEY}`, ...json, ...headers }, body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(status ? answer.status === status : answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text && JSON.parse(text);
}

async function signIn(host, fields) {
  const answer = await fetch(`${host}/api/auth/oauth2/token`, { method: 'POST', body: new URLSearchParams(fields) });
  return { authorization: `Bearer ${(await answer.json()).access_token}` };
}

/** A user of Acme, by the native API. */
export function addUser(host, user) {
  return call(host, 'POST', `/v1/organizations/${ORGANIZATION}/users`, { body: user });
}

/** Every kind of mail: Anaconda's API takes these people in at once, tells them and the admins so, and gives a user a seat. */
export async function mails(host, emails, { id }) {
  const admin = await signIn(host, { grant_type: 'password', username: 'admin@acme.test', password: 'Acme-Admin-2026' });
  const account = await call(host, 'POST', `/organizations/${ORGANIZATION}/service-accounts`, { body: { name: 'onboarding' }, headers: admin });
  const { client_id, client_secret } = account;
  const headers = await signIn(host, { grant_type: 'client_credentials', client_id, client_secret });
  await call(host, 'POST', `/organizations/${ORGANIZATION}/users/${id}/seats`, { headers });
  await call(host, 'POST', `/organizations/${ORGANIZATION}/users_auto_registration`, { body: { user_emails: emails }, headers });
}

/** An event that is sent to a webhook of ricloud's API. */
export async function deliver(host, url) {
  const headers = { authorization: `Token ${KEY}` };
  const { id } = await call(host, 'POST', '/configs/webhook', { body: { url }, headers });
  await call(host, 'POST', `/configs/webhook/${id}/test`, { headers });
}

/** Refusals: without a credential, with a body that does not validate, by a fault, and of what nobody serves. */
export async function refusals(host) {
  await call(host, 'GET', '/api/v1.0/onpremise/users', { headers: { authorization: 'Api-Token nobody' }, status: 401 });
  await call(host, 'POST', `/v1/organizations/${ORGANIZATION}/users`, { body: { email: 'nobody', color: 'blue' }, status: 422 });
  await call(host, 'POST', '/__admin/faults', { body: { vendor: 'ricloud', fault: 'rate_limited', first: 1 } });
  await call(host, 'GET', '/organisation', { headers: { authorization: `Token ${KEY}` }, status: 429 });
  await call(host, 'GET', '/nowhere', { status: 404 });
}
