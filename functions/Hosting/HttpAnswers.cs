namespace Pipeline.Functions.Hosting;

/// <summary>Answers that every HTTP function gives in the same form.</summary>
internal static class HttpAnswers
{
    /// <summary>An error as <c>{"error": "…"}</c>.</summary>
    public static IResult Error(string message, int status) => Results.Json(new ErrorAnswer(message), HostingJson.Default.ErrorAnswer, statusCode: status);

    /// <summary>The caller's mistake.</summary>
    public static IResult BadRequest(string message) => Error(message, StatusCodes.Status400BadRequest);
}
