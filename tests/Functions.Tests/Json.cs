using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Pipeline.Functions.Tests;

/// <summary>JSON over HTTP, shortly.</summary>
internal static class Json
{
    /// <summary>A body.</summary>
    public static StringContent Body(string json) => new(json, Encoding.UTF8, "application/json");

    /// <summary>Posts a body and reads the answer's.</summary>
    public static async Task<(int Status, JsonElement Body)> PostJsonAsync(this HttpClient http, string path, string json, CancellationToken cancellationToken)
    {
        using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), Body(json), cancellationToken);
        return ((int)answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken));
    }
}
