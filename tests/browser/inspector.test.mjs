// The inspector, at /__admin/ui.

import { assertAccessible, pageTest } from './chromium.mjs';
import { mockServer } from './hosts.mjs';

const url = async () => (await mockServer()).url;

pageTest('a request that is made while the page is open appears', { url }, async ({ page, host }) => {
  await page.goto('/__admin/ui');
  await page.getByText('No request yet').waitFor();
  await fetch(`${host}/v1/organizations`);
  await page.getByRole('row', { name: '/v1/organizations' }).waitFor();
  await assertAccessible(page);
});
