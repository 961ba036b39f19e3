using Pipeline.Functions.CancelTraining;
using Pipeline.Functions.Health;
using Pipeline.Functions.Overview;
using Pipeline.Functions.Predict;
using Pipeline.Functions.PublishPost;
using Pipeline.Functions.Rollback;
using Pipeline.Functions.Sample;
using Pipeline.Functions.SendFeedback;
using Pipeline.Functions.ShareTraffic;
using Pipeline.Functions.Training;

namespace Pipeline.Functions.ReadOpenApi;

/// <summary>Every call that the app takes.</summary>
internal static class OpenApiOperations
{
    private const string Html = "text/html";

    /// <summary>All of them, by path.</summary>
    public static IReadOnlyList<OpenApiOperation> All { get; } =
    [
        new("get", "/", "today", "The page: what is going on, and whether it is well.", OpenApiAccess.Reading) { OtherAnswers = [Html] },
        new("get", "/{view}", "view", "A view of the page: write, train, models or corpus.", OpenApiAccess.Reading)
        {
            Parameters = [new("view", "string", "The view.", InPath: true)], OtherAnswers = [Html],
        },
        new("get", "/page/{file}", "file", "A style, a script or the icon of the page.", OpenApiAccess.Open)
        {
            Parameters = [new("file", "string", "Its name.", InPath: true)], OtherAnswers = ["text/css", "text/javascript", "image/svg+xml"], Failures = [404],
        },
        new("post", "/api/sign-in", "signIn", "Gives a cookie for the page's key and leads on.", OpenApiAccess.Open) { BodyType = "application/x-www-form-urlencoded", Success = 303, Failures = [400] },
        new("get", "/api/openapi.json", "describe", "This document.", OpenApiAccess.Open) { OtherAnswers = ["application/json"] },
        new("get", "/api/status", "status", "What it is doing and whether it is well.", OpenApiAccess.Reading) { Answer = OverviewJson.Default.StatusAnswer },
        new("get", "/api/runs", "runs", "All training runs, the newest first.", OpenApiAccess.Reading) { Answer = OverviewJson.Default.RunsAnswer },
        new("get", "/api/runs/{run}", "run", "A training run with its curves and samples.", OpenApiAccess.Reading)
        {
            Parameters = [new("run", "string", "Its name.", InPath: true), new("after", "integer", "Gives only points of later steps.")],
            Answer = OverviewJson.Default.RunAnswer,
            Failures = [400, 404],
        },
        new("get", "/api/models", "models", "Model versions with their figures, how requests are divided among them, and the history.", OpenApiAccess.Reading) { Answer = OverviewJson.Default.ModelsAnswer },
        new("get", "/api/posts", "posts", "Generated posts with their report cards and what became of them, the newest first.", OpenApiAccess.Reading)
        {
            Parameters = [new("days", "integer", "How many at most; 30 if it is missing.")], Answer = OverviewJson.Default.PostsAnswer, Failures = [400],
        },
        new("get", "/api/corpus", "corpus", "What is in the corpus and what is not, and its posts, 50 a page.", OpenApiAccess.Reading)
        {
            Parameters = [new("q", "string", "What title, path, tags, categories or text must hold."), new("page", "integer", "The page, from 1.")],
            Answer = OverviewJson.Default.CorpusAnswer,
            Failures = [400],
        },
        new("get", "/api/vocabulary", "vocabulary", "Categories, tags and years that a prompt can name.", OpenApiAccess.Reading) { Answer = OverviewJson.Default.VocabularyAnswer },
        new("get", "/api/health/{probe}", "health", "Whether the process answers (live), and whether the model in service writes (ready).", OpenApiAccess.Open)
        {
            Parameters = [new("probe", "string", "live or ready.", InPath: true)], Answer = HealthJson.Default.HealthAnswer, Failures = [404, 503],
        },
        new("get", "/api/sample", "sample", "A text from a model in service; as it is made, if text/event-stream is accepted.", OpenApiAccess.Action)
        {
            Parameters = SampleParameters(), Answer = SampleJson.Default.SampleAnswer, OtherAnswers = [SampleStream.ContentType], Failures = [400, 429, 503],
        },
        new("post", "/api/sample", "sampleAs", "The same, asked for with a body.", OpenApiAccess.Action)
        {
            Body = SampleJson.Default.SampleRequest, Answer = SampleJson.Default.SampleAnswer, OtherAnswers = [SampleStream.ContentType], Failures = [400, 429, 503],
        },
        new("post", "/api/predict", "predict", "Goes on from each row of a Seldon message.", OpenApiAccess.Action)
        {
            Body = SeldonJson.Default.SeldonMessage, Answer = SeldonJson.Default.SeldonMessage, Failures = [400, 429, 503],
        },
        new("post", "/api/send-feedback", "sendFeedback", "Takes a judgement on a text: Seldon's feedback message.", OpenApiAccess.Action)
        {
            Body = SendFeedbackJson.Default.FeedbackMessage, Success = 202, OtherAnswers = ["application/json"], Failures = [400, 413],
        },
        new("post", "/api/originality", "originality", "What of each paragraph of a text stands in the corpus, and in which post.", OpenApiAccess.Action)
        {
            Body = OverviewJson.Default.OriginalityRequest, Answer = OverviewJson.Default.OriginalityAnswer, Failures = [400, 413, 503],
        },
        new("post", "/api/models/rollback", "rollback", "Puts the last good version or a named one in service; pins or unpins.", OpenApiAccess.Action)
        {
            Body = RollbackJson.Default.RollbackRequest, BodyOptional = true, Answer = OverviewJson.Default.RoutingTable, Failures = [400, 404, 409],
        },
        new("post", "/api/models/weights", "weights", "Gives a version a share of the requests beside the one in service.", OpenApiAccess.Action)
        {
            Body = ShareJson.Default.ShareOrder, Answer = OverviewJson.Default.RoutingTable, Failures = [400, 404, 409],
        },
        new("get", "/api/train", "training", "The run of the trainer that goes on or was last.", OpenApiAccess.Action) { Answer = TrainingJson.Default.TrainingRun, Failures = [404] },
        new("post", "/api/train", "train", "Starts a training run.", OpenApiAccess.Action)
        {
            Body = TrainingJson.Default.TrainingRequest, BodyOptional = true, Success = 202, Answer = TrainingJson.Default.TrainingRun, Failures = [400, 409],
        },
        new("post", "/api/train/cancel", "cancelTraining", "The run that goes on saves and stops.", OpenApiAccess.Action) { Success = 202, Answer = CancelJson.Default.CancelAnswer, Failures = [409] },
        new("post", "/api/publish", "publish", "Writes the post of the next day that has none.", OpenApiAccess.Action) { Answer = PublishJson.Default.PublishAnswer, Failures = [403, 409, 502, 503] },
        new("post", "/api/github", "receivePush", "Takes GitHub's webhooks.", OpenApiAccess.Signed) { BodyType = "application/json", Success = 202, Failures = [400, 401, 403, 413, 503] },
    ];

    private static IReadOnlyList<OpenApiParameter> SampleParameters() =>
    [
        .. SampleJson.Default.SampleRequest.Properties.Where(property => property.Get is not null).Select(property => new OpenApiParameter(
            property.Name,
            property.PropertyType == typeof(float) ? "number"
                : property.PropertyType == typeof(int) || property.PropertyType == typeof(int?) || property.PropertyType == typeof(ulong?) ? "integer"
                : "string",
            $"As {property.Name} of the body.")),
    ];
}
