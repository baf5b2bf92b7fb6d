# Builds build/Release/lyncauth.node. The binary uses Node-API 8 and a stable part of OpenSSL 3, so one serves all versions of Node.
{
  'targets': [
    {
      'target_name': 'lyncauth',
      'sources': [
        'addon.c',
        'arguments.c',
        'card-key.c',
        'core-files.c',
        'decoder.c',
        'digest.c',
        'keep-loaded.c',
        'key-management.c',
        'key-table.c',
        'open-calls.c',
        'process-end.c',
        'provider.c',
        'signature-scheme.c',
        'signature.c',
        'signer.c',
        'watchdog.c',
      ],
      'defines': ['NAPI_VERSION=8'],
      'cflags_c': ['-std=gnu11', '-fvisibility=hidden'],
      'cflags': ['-Wall', '-Wextra'],
      # Node-gyp's common settings switch this one off.
      'cflags!': ['-Wno-unused-parameter'],
      'xcode_settings': {
        'CLANG_C_LANGUAGE_STANDARD': 'c11',
        'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
        'WARNING_CFLAGS': ['-Wall', '-Wextra'],
        # A Node without OpenSSL's providers refuses the addon when it is loaded, not in the middle of a handshake.
        'OTHER_LDFLAGS': ['-Wl,-bind_at_load'],
      },
      'msvs_settings': {
        'VCCLCompilerTool': {'WarningLevel': 4, 'AdditionalOptions': ['/std:c11', '/experimental:c11atomics']},
      },
      'conditions': [
        # As -bind_at_load above.
        ['OS not in "mac win"', {'ldflags': ['-Wl,-z,now']}],
      ],
    },
  ],
}
