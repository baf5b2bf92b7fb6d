/** The test terminal shows, types and ends as a real one does. */
import { expect, test } from 'vitest';
import { openTerminal } from '../../support/pty.js';

const script = (text: string) => [process.execPath, '-e', text];

test('shows what the command prints and passes on what is typed', async () => {
  const terminal = openTerminal(['sh', '-c', 'printf "name? "; read name; echo "hello $name"']);
  await terminal.waitFor('name? ');
  terminal.write('Alice\r');
  await terminal.waitFor(/hello (\w+)/);
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  expect(terminal.echo()).toBe(true);
});

test('has the size it is given', async () => {
  const terminal = openTerminal(['stty', 'size'], { columns: 0, rows: 0 });
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  expect(terminal.screen()).toBe('0 0\r\n');
});

test('is the controlling terminal of a command whose input is a pipe', async () => {
  const terminal = openTerminal(['sh', '-c', 'echo piped | sh -c "printf typed? > /dev/tty; read line < /dev/tty; echo got \\$line"']);
  await terminal.waitFor('typed?');
  terminal.write('keys\r');
  await terminal.waitFor('got keys');
  expect((await terminal.exit()).code).toBe(0);
});

test('Ctrl-C interrupts the command', async () => {
  const terminal = openTerminal(script('console.log("ready"); setInterval(() => {}, 1000)'));
  await terminal.waitFor('ready');
  terminal.write('\x03');
  expect(await terminal.exit()).toEqual({ code: null, signal: 'SIGINT' });
});

test('a signal reaches the command', async () => {
  const terminal = openTerminal(script('console.log("ready"); setInterval(() => {}, 1000)'));
  await terminal.waitFor('ready');
  terminal.signal('SIGTERM');
  expect(await terminal.exit()).toEqual({ code: null, signal: 'SIGTERM' });
});

test('closing it hangs the command up', async () => {
  const terminal = openTerminal(script('console.log("ready"); setInterval(() => {}, 1000)'));
  await terminal.waitFor('ready');
  await terminal.close();
  expect(await terminal.exit()).toEqual({ code: null, signal: 'SIGHUP' });
});

test('tells when the command leaves the terminal without echo', async () => {
  const terminal = openTerminal(['stty', '-echo']);
  await terminal.exit();
  expect(terminal.echo()).toBe(false);
});

test('waits only for what comes after the last match', async () => {
  const terminal = openTerminal(['echo', 'once']);
  await terminal.waitFor('once');
  await expect(terminal.waitFor('once')).rejects.toThrow('the command ended while waiting for once');
});

test('gives the command nothing of the environment of the tester', async () => {
  const terminal = openTerminal(['sh', '-c', 'echo "<$VITEST$LYNCAUTH_CA>"']);
  await terminal.waitFor('<>');
  await terminal.exit();
});
