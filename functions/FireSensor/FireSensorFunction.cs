using Pipeline.Deployment;
using Pipeline.Functions.Deploying;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.FireSensor;

/// <summary>POST /api/sensors/{name}: sets off a sensor of the deployment in force that waits for HTTP.</summary>
internal sealed class FireSensorFunction(DeploymentStore deployments, SensorActions actions) : IHttpFunction
{
    /// <inheritdoc />
    public async Task<IResult> RunAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        // Through the host the path is there and no route values are.
        var name = request.RouteValues.TryGetValue("name", out var value) ? value?.ToString() : request.Path.Value?.Split('/')[^1];
        var sensors = (await deployments.ReadAsync(cancellationToken))?.Manifest.Sensors ?? [];
        return sensors.FirstOrDefault(sensor => sensor.On == "http" && sensor.Name == name) is { } sensor
            ? Results.Text(await actions.RunAsync(sensor, "It was called over HTTP.", cancellationToken), statusCode: StatusCodes.Status202Accepted)
            : HttpAnswers.Error($"The deployment has no sensor '{name}' on http.", StatusCodes.Status404NotFound);
    }
}
