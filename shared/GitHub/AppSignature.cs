using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Pipeline.GitHub;

/// <summary>
/// The JSON web token by which an App proves who it is: RS256, issued a minute ago against clocks that differ, valid for nine of the ten
/// minutes allowed (https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app).
/// </summary>
internal sealed class AppSignature : IGitHubCredential, IDisposable
{
    private static readonly TimeSpan Before = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Validity = TimeSpan.FromMinutes(9);

    private readonly string _appId;
    private readonly TimeProvider _clock;
    private readonly RSA _key = RSA.Create();
    private readonly SigningCredentials _credentials;

    /// <exception cref="FormatException">The key is no RSA key in PEM.</exception>
    public AppSignature(string appId, string privateKey, TimeProvider clock)
    {
        _appId = appId;
        _clock = clock;
        try
        {
            // App settings often hold a key on one line, with \n spelt out.
            _key.ImportFromPem(privateKey.Replace("\\n", "\n", StringComparison.Ordinal));
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            // The cause is not passed on: it may quote the key.
            _key.Dispose();
            throw new FormatException("The GitHub App's private key is no RSA key in PEM. Paste the whole downloaded file, from -----BEGIN to the last line.");
        }

        // The library keeps what it made of a key for the whole process, by the key's id; ours ends with this object.
        _credentials = new(new RsaSecurityKey(_key), SecurityAlgorithms.RsaSha256) { CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } };
    }

    public ValueTask<string> TokenAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow().UtcDateTime;
        return ValueTask.FromResult(new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = _appId,
            IssuedAt = now - Before,
            Expires = now + Validity,
            SigningCredentials = _credentials,
        }));
    }

    public bool Refused(string token) => false;

    public void Dispose() => _key.Dispose();
}
