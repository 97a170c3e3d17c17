-- Drives the language server from Neovim the way a user's configuration does: attach, look, hover, take the code action
-- on the cursor's line, save. What was seen goes to $DIGEST_PIN_RESULTS as JSON, for neovim.test.ts to judge; this file
-- judges nothing.

local patience = 20000 -- milliseconds; every wait ends with its event
local seen = {}

local function diagnostics()
  return vim.tbl_map(function(diagnostic)
    return {
      rule = diagnostic.user_data.lsp.code,
      source = diagnostic.source,
      severity = diagnostic.severity,
      line = diagnostic.lnum,
      column = diagnostic.col,
      endColumn = diagnostic.end_col,
    }
  end, vim.diagnostic.get(0))
end

-- The server's answer to a request about the current buffer; an error of the server ends this run.
local function request(method, params)
  local answers, failure = vim.lsp.buf_request_sync(0, method, params, patience)
  for _, answer in pairs(answers or {}) do
    if answer.error then error(method .. ': ' .. vim.inspect(answer.error)) end
    return answer.result
  end
  error(method .. ': ' .. (failure or 'no answer'))
end

local function apply(client, action)
  -- Neovim's own code action menu resolves like this (vim/lsp/buf.lua, on_user_choice).
  if not action.edit and not action.command then action = request('codeAction/resolve', action) end
  if action.edit then vim.lsp.util.apply_workspace_edit(action.edit, client.offset_encoding) end
  if action.command then request('workspace/executeCommand', action.command) end
end

local function run()
  local settings = { digestPin = { registries = { vim.env.DIGEST_PIN_REGISTRY } } }
  local client_id = vim.lsp.start_client({
    name = 'digest-pin',
    cmd = { vim.env.DIGEST_PIN_NODE, vim.env.DIGEST_PIN_SERVER, 'lsp', '--stdio' },
    root_dir = vim.fn.getcwd(),
    init_options = { workspaceTrust = true },
    settings = settings,
    -- This Neovim doesn't say that it can be asked for settings (`workspace.configuration`), so they are sent.
    on_init = function(client) client.notify('workspace/didChangeConfiguration', { settings = settings }) end,
  })
  vim.lsp.buf_attach_client(0, client_id)
  local client = vim.lsp.get_client_by_id(client_id)
  seen.filetype = vim.bo.filetype

  vim.wait(patience, function() return #vim.diagnostic.get(0) > 0 end, 10)
  seen.before = diagnostics()

  -- Onto the tag of the first image.
  vim.fn.search('alpine:edge', 'e')
  local position = vim.lsp.util.make_position_params(0, client.offset_encoding)
  seen.hover = request('textDocument/hover', position).contents

  local range = vim.lsp.util.make_range_params(0, client.offset_encoding)
  range.context = { diagnostics = vim.lsp.diagnostic.get_line_diagnostics(), only = { 'quickfix' } }
  local actions = request('textDocument/codeAction', range)
  seen.titles = vim.tbl_map(function(action) return action.title end, actions)

  local count = #seen.before
  apply(client, actions[1])
  vim.wait(patience, function() return #vim.diagnostic.get(0) < count end, 10)
  seen.after = diagnostics()
  vim.cmd('write')

  vim.lsp.stop_client(client_id)
  vim.wait(patience, function() return client.is_stopped() end, 10)
  seen.stopped = client.is_stopped()
end

local succeeded, failure = xpcall(run, debug.traceback)
if not succeeded then seen.failure = failure end
vim.fn.writefile({ vim.fn.json_encode(seen) }, vim.env.DIGEST_PIN_RESULTS)
vim.cmd(succeeded and 'qall!' or 'cquit 1')
